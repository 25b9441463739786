/// PipeBytes: a blob that the broker hands over piece by piece, when it is asked.
///
/// One thread at a time. The helper has no file open: this pipe is all it sees of the spool.
#pragma once

#include "broker/worker/render/bytes.h"

namespace broker::worker {

/// All of `into`, or false: the other end is gone.
bool read_all(int descriptor, std::span<std::byte> into);
bool write_all(int descriptor, std::span<const std::byte> from);

class PipeBytes : public Bytes {
public:
    struct Pipe {
        int input = -1, output = -1;
    };
    PipeBytes(Pipe pipe, std::uint64_t size) : pipe_(pipe), size_(size) {}

    std::uint64_t size() const override { return size_; }
    /// Throws PipeGone as well: without a broker there is nothing left to do.
    void read(std::uint64_t offset, std::span<std::byte> into) override;

private:
    void ask(std::uint64_t offset, std::span<std::byte> into);

    const Pipe pipe_;
    const std::uint64_t size_;
    std::vector<std::byte> chunk_;  ///< the last that was read for a few bytes of it
    std::uint64_t chunk_at_ = 0;
};

struct PipeGone {};

}  // namespace broker::worker
