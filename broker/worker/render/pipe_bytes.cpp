#include "broker/worker/render/pipe_bytes.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace broker::worker {
namespace {

/// Many heads of elements are read one after the other; each by a question of its own would be slow.
constexpr std::uint64_t chunk_bytes = 32 * 1024;

}  // namespace

bool read_all(int descriptor, std::span<std::byte> into) {
    while (!into.empty()) {
        const ssize_t got = ::read(descriptor, into.data(), into.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        into = into.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

bool write_all(int descriptor, std::span<const std::byte> from) {
    while (!from.empty()) {
        const ssize_t put = ::write(descriptor, from.data(), from.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        from = from.subspan(static_cast<std::size_t>(put));
    }
    return true;
}

void PipeBytes::read(std::uint64_t offset, std::span<std::byte> into) {
    if (offset > size_ || into.size() > size_ - offset) throw Unrenderable{NoPicture::truncated};
    while (!into.empty()) {
        if (offset >= chunk_at_ && offset - chunk_at_ < chunk_.size()) {
            const std::size_t from = static_cast<std::size_t>(offset - chunk_at_);
            const std::size_t taken = std::min(into.size(), chunk_.size() - from);
            std::memcpy(into.data(), chunk_.data() + from, taken);
            into = into.subspan(taken);
            offset += taken;
        } else if (into.size() >= chunk_bytes) {
            const std::size_t taken = std::min<std::size_t>(into.size(), read_bytes_max);
            ask(offset, into.first(taken));
            into = into.subspan(taken);
            offset += taken;
        } else {
            chunk_.resize(static_cast<std::size_t>(std::min(chunk_bytes, size_ - offset)));
            chunk_at_ = offset;
            ask(offset, chunk_);
        }
    }
}

void PipeBytes::ask(std::uint64_t offset, std::span<std::byte> into) {
    ReplyHead head;
    head.kind = ReplyHead::Kind::read;
    head.read = {offset, static_cast<std::uint32_t>(into.size())};
    if (!write_all(pipe_.output, pack(head)) || !read_all(pipe_.input, into)) throw PipeGone{};
}

}  // namespace broker::worker
