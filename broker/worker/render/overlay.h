/// Overlay: the one-bit planes that lie over an image (PS3.3 C.9.2), drawn white.
///
/// Pure but for reading the data set; one thread at a time.
#pragma once

#include <cstdint>
#include <span>

#include "broker/worker/render/attributes.h"
#include "broker/worker/render/pixel_facts.h"
#include "broker/worker/render/raster.h"

namespace broker::worker {

/// Draws all overlays of a frame, those in unused bits of its cells included (`bytes`: as stored, facts.frame_bits() of
/// them, or none where the frame was compressed). An overlay that is cut short, or has no size, is left out: the image
/// is worth more than it.
void draw_overlays(const Attributes& attributes, const PixelFacts& facts, std::uint32_t frame,
                   std::span<const std::byte> bytes, Raster& raster);

}  // namespace broker::worker
