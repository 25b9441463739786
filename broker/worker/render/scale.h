/// Scale: a part of a raster, in another size: averaged where it shrinks, interpolated where it grows.
///
/// Pure functions; any thread.
#pragma once

#include <cstdint>

#include "broker/worker/render/order.h"
#include "broker/worker/render/raster.h"

namespace broker::worker {

struct Size {
    std::uint32_t width = 0, height = 0;
    bool operator==(const Size&) const = default;
};

/// How large a picture is: of `width` by `height` pixels that are `pixel_height` times as high as wide. With a box, the
/// largest that fits; without, so that no pixel gets smaller than one. At least 1 by 1.
Size size_of(double width, double height, double pixel_height, const Size* box);

/// Each pixel of the result is the mean of what it covers, or lies on the line between the two nearest. The region
/// lies in the raster. Of the whole raster in its own size it is the raster.
Raster scaled(const Raster& raster, const Region& region, const Size& size);

}  // namespace broker::worker
