/// Dialogue: one job's talk with a helper process: the order, the bytes it asks for, the answer.
///
/// One thread, that of the Child. Strictly in turns: while it is our turn to write nothing is read, and nothing is read
/// beyond what is expected, so a helper that talks out of turn only stalls until time is up.
#pragma once

#include "broker/preview/renderer.h"

namespace broker::preview {

class Dialogue {
public:
    Dialogue(worker::Child& child, const spool::Reader& blob, const worker::RenderOrder& order,
             const Renderer::Bounds& bounds);

    /// The whole job. After anything but a picture or a NoPicture the helper is in no state to go on. Throws as
    /// Renderer::render.
    Renderer::Answer run();

private:
    class Broken;

    void put(std::span<const std::byte> bytes);
    void get(std::span<std::byte> into);
    void wait_for(int descriptor, short events);
    void answer(const worker::ReadRequest& request);
    std::string take_jpeg(std::uint32_t size);
    worker::Picture take_picture(const worker::ReplyHead& head);
    Renderer::Answer ended();

    worker::Child& child_;
    const spool::Reader& blob_;
    const worker::RenderOrder& order_;
    const int stop_;
    const std::chrono::steady_clock::time_point until_;
    std::vector<std::byte> buffer_;
    std::uint64_t requests_ = 0, bytes_read_ = 0;
};

}  // namespace broker::preview
