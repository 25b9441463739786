#include "broker/worker/edit.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "broker/worker/rewriter.h"

namespace broker::worker {
namespace {

constexpr std::size_t length_bytes = 8, chunk_bytes = 256 * 1024;

/// How many came: fewer only at the end, or where it cannot be read.
std::size_t read_all(int input, char* into, std::size_t size, bool& has_failed) {
    std::size_t got = 0;
    while (got < size) {
        const ssize_t part = ::read(input, into + got, size - got);
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) has_failed = true;
        if (part <= 0) break;
        got += static_cast<std::size_t>(part);
    }
    return got;
}

/// Joins what comes in small pieces, and writes.
class Output {
public:
    explicit Output(int descriptor) : descriptor_(descriptor) { bytes_.reserve(chunk_bytes); }

    void take(std::span<const std::byte> bytes) {
        if (bytes_.size() + bytes.size() > chunk_bytes) flush();
        if (bytes.size() >= chunk_bytes) return put(bytes);
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }
    void flush() {
        put(bytes_);
        bytes_.clear();
    }
    bool has_failed() const { return has_failed_; }

private:
    void put(std::span<const std::byte> bytes) {
        while (!bytes.empty() && !has_failed_) {
            const ssize_t part = ::write(descriptor_, bytes.data(), bytes.size());
            if (part < 0 && errno == EINTR) continue;
            has_failed_ = part < 0;
            if (!has_failed_) bytes = bytes.subspan(static_cast<std::size_t>(part));
        }
    }

    const int descriptor_;
    std::vector<std::byte> bytes_;
    bool has_failed_ = false;
};

}  // namespace

std::string pack_order(const Rewriting& rewriting) {
    const std::string packed = pack(rewriting);
    std::string order;
    for (std::size_t i = 0; i < length_bytes; ++i) order += static_cast<char>(packed.size() >> (8 * i) & 0xFF);
    return order + packed;
}

std::optional<Rewriting> read_order(int input) {
    bool has_failed = false;
    std::array<char, length_bytes> head;
    if (read_all(input, head.data(), head.size(), has_failed) != head.size()) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = head.size(); i > 0; --i) length = length << 8 | static_cast<unsigned char>(head[i - 1]);
    if (length > rewriting_bytes_max) return std::nullopt;
    std::string packed(length, '\0');
    if (read_all(input, packed.data(), length, has_failed) != length) return std::nullopt;
    return unpack(packed);
}

Ending edit(int input, std::string_view transfer_syntax, const Rewriting& rewriting, int output) {
    Output out(output);
    Rewriter rewriter(rewriting, transfer_syntax, [&](std::span<const std::byte> bytes) { out.take(bytes); });
    std::vector<char> chunk(chunk_bytes);
    for (;;) {
        bool has_failed = false;
        const std::size_t got = read_all(input, chunk.data(), chunk.size(), has_failed);
        if (has_failed) return Ending::unread;
        if (out.has_failed()) return Ending::unwritten;
        if (got == 0 || !rewriter.feed(std::as_bytes(std::span(chunk).first(got)))) break;
    }
    const Ending ending = rewriter.finish();
    out.flush();
    return ending == Ending::done && out.has_failed() ? Ending::unwritten : ending;
}

}  // namespace broker::worker
