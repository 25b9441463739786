#include "broker/dicom/deflater.h"

#include <zlib.h>

#include <array>
#include <new>

namespace broker::dicom {

struct Deflater::Stream {
    z_stream z{};
    std::array<std::byte, 16 * 1024> out;

    Stream() {
        constexpr int raw_deflate = -MAX_WBITS, memory_level = 8;
        if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw_deflate, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    ~Stream() { deflateEnd(&z); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
};

Deflater::Deflater(Take take) : stream_(std::make_unique<Stream>()), take_(std::move(take)) {}
Deflater::~Deflater() = default;

void Deflater::feed(std::span<const std::byte> bytes) {
    if (!bytes.empty()) run(bytes, false);
}

void Deflater::finish() {
    run({}, true);
    constexpr std::byte padding{0};
    if (is_odd_) take_({&padding, 1});
}

void Deflater::run(std::span<const std::byte> bytes, bool is_last) {
    z_stream& z = stream_->z;
    // zlib reads its input through a pointer to non-const, without writing.
    z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    do {
        z.next_out = reinterpret_cast<Bytef*>(stream_->out.data());
        z.avail_out = static_cast<uInt>(stream_->out.size());
        deflate(&z, is_last ? Z_FINISH : Z_NO_FLUSH);  // cannot fail: there is room, and the state is whole
        const std::size_t made = stream_->out.size() - z.avail_out;
        is_odd_ ^= made % 2 != 0;
        if (made > 0) take_(std::span(stream_->out).first(made));
    } while (z.avail_out == 0);
}

}  // namespace broker::dicom
