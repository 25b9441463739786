/// Bytes: what is to be rendered, read here and there; Unrenderable: what is thrown where that leads to no picture.
///
/// One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "broker/worker/render/order.h"

namespace broker::worker {

/// The one exception of rendering: `render` alone catches it.
struct Unrenderable {
    NoPicture why;
};

class Bytes {
public:
    Bytes() = default;
    Bytes(const Bytes&) = delete;
    Bytes& operator=(const Bytes&) = delete;
    virtual ~Bytes() = default;

    virtual std::uint64_t size() const = 0;
    /// Fills `into` from `offset` on. Throws Unrenderable, truncated, where there are fewer bytes than that.
    virtual void read(std::uint64_t offset, std::span<std::byte> into) = 0;
};

/// Bytes that are here already.
class MemoryBytes : public Bytes {
public:
    explicit MemoryBytes(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
    std::uint64_t size() const override { return bytes_.size(); }
    void read(std::uint64_t offset, std::span<std::byte> into) override;

private:
    std::vector<std::byte> bytes_;
};

/// `size` bytes from `offset` on. Looks whether they are there before it takes memory for them.
std::vector<std::byte> read_some(Bytes& bytes, std::uint64_t offset, std::uint64_t size);

/// The data set that begins at `offset` and is one deflated stream (PS3.5 A.5), inflated. Throws Unrenderable:
/// undecodable, too_large (inflated_bytes_max).
std::vector<std::byte> inflated(Bytes& bytes, std::uint64_t offset);
inline constexpr std::uint64_t inflated_bytes_max = 256U << 20;

}  // namespace broker::worker
