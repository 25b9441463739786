/// A raster as JPEG, by libjpeg-turbo.
///
/// Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "broker/worker/render/raster.h"

namespace broker::worker {

/// Neither side of a JPEG is longer.
inline constexpr std::uint32_t jpeg_side_max = 65'500;

/// Baseline, colours of each pixel kept. `quality` 1 to 100. Throws Unrenderable: too_many_pixels, too_large.
std::string jpeg_of(const Raster& raster, std::uint32_t quality);

}  // namespace broker::worker
