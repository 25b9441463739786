/// Inflater: the first bytes of a raw deflated stream (RFC 1951), and no more of them than asked for.
///
/// One thread at a time. Inflating what a stranger sent is safe here because three things are bounded: the output is
/// handed on in pieces of 16 KiB and never kept, at most `out_max` bytes of it are made however small the input is, and
/// zlib's own state is a window of 32 KiB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace broker::dicom {

class Inflater {
public:
    enum class Result { wants_more, stopped, ended, broken, limit };
    /// Takes a piece of output; false: no more is wanted.
    using Take = std::function<bool(std::span<const std::byte>)>;

    explicit Inflater(std::uint64_t out_max);
    ~Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;

    /// Inflates the next input. After any other answer than wants_more it must not be called again.
    Result feed(std::span<const std::byte> bytes, const Take& take);

private:
    struct Stream;
    std::unique_ptr<Stream> stream_;
    std::uint64_t out_left_;
};

}  // namespace broker::dicom
