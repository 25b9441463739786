/// Colour: pixels of three samples, or of a palette, as red, green and blue (PS3.3 C.7.6.3.1.2, C.7.9).
///
/// Pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "broker/worker/render/lut.h"
#include "broker/worker/render/pixel_facts.h"
#include "broker/worker/render/raster.h"

namespace broker::worker {

struct Palette {
    std::array<Lut, 3> colours;  ///< red, green, blue
};

/// Throws Unrenderable, incomplete, where a colour is missing.
Palette palette_of(const Attributes& attributes, bool is_signed);

/// `bytes` are those of one frame, facts.frame_bits() of them.
Raster paint_palette(std::span<const std::byte> bytes, const PixelFacts& facts, const Palette& palette);

/// RGB and all of YBR. Throws Unrenderable: unsupported, another colour; impossible.
Raster paint_colour(std::span<const std::byte> bytes, const PixelFacts& facts);

}  // namespace broker::worker
