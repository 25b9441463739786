#include "broker/dicom/inflater.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace broker::dicom {

struct Inflater::Stream {
    z_stream z{};
    std::array<std::byte, 16 * 1024> out;

    Stream() {
        constexpr int raw_deflate = -MAX_WBITS;
        if (inflateInit2(&z, raw_deflate) != Z_OK) throw std::bad_alloc();
    }
    ~Stream() { inflateEnd(&z); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
};

Inflater::Inflater(std::uint64_t out_max) : stream_(std::make_unique<Stream>()), out_left_(out_max) {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

Inflater::Result Inflater::feed(std::span<const std::byte> bytes, const Take& take) {
    z_stream& z = stream_->z;
    auto& out = stream_->out;
    // zlib reads its input through a pointer to non-const, without writing.
    z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    do {
        const auto room = static_cast<uInt>(std::min<std::uint64_t>(out.size(), out_left_));
        if (room == 0) return Result::limit;
        z.next_out = reinterpret_cast<Bytef*>(out.data());
        z.avail_out = room;
        const int answer = inflate(&z, Z_NO_FLUSH);
        const std::size_t made = room - z.avail_out;
        out_left_ -= made;
        if (made > 0 && !take(std::span(out).first(made))) return Result::stopped;
        if (answer == Z_STREAM_END) return Result::ended;
        if (answer != Z_OK && answer != Z_BUF_ERROR) return Result::broken;
        if (answer == Z_BUF_ERROR && made == 0) break;
    } while (z.avail_in > 0 || z.avail_out == 0);
    return Result::wants_more;
}

}  // namespace broker::dicom
