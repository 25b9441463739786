#include "broker/worker/render/jpeg.h"

#include <turbojpeg.h>

#include <algorithm>
#include <memory>
#include <type_traits>

#include "broker/worker/render/bytes.h"

namespace broker::worker {
namespace {

struct Destroy {
    void operator()(void* handle) const { tjDestroy(handle); }
};
struct Free {
    void operator()(unsigned char* bytes) const { tjFree(bytes); }
};
using Compressor = std::unique_ptr<std::remove_pointer_t<tjhandle>, Destroy>;

}  // namespace

std::string jpeg_of(const Raster& raster, std::uint32_t quality) {
    if (raster.width > jpeg_side_max || raster.height > jpeg_side_max) throw Unrenderable{NoPicture::too_many_pixels};
    const Compressor compressor(tjInitCompress());
    if (!compressor) throw Unrenderable{NoPicture::too_large};
    const bool is_grey = raster.channels == 1;
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    const int failed =
        tjCompress2(compressor.get(), raster.samples.data(), static_cast<int>(raster.width), 0,
                    static_cast<int>(raster.height), is_grey ? TJPF_GRAY : TJPF_RGB, &bytes, &size,
                    is_grey ? TJSAMP_GRAY : TJSAMP_444, static_cast<int>(std::clamp(quality, 1U, 100U)), 0);
    const std::unique_ptr<unsigned char, Free> kept(bytes);
    if (failed != 0 || size > jpeg_bytes_max) throw Unrenderable{NoPicture::too_large};
    return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace broker::worker
