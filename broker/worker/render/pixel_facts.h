/// PixelFacts: what the attributes of an image say about how its pixels are laid out (PS3.3 C.7.6.3).
///
/// Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "broker/worker/render/attributes.h"

namespace broker::worker {

struct PixelFacts {
    std::uint32_t rows = 0, columns = 0;
    unsigned samples = 1;                       ///< of each pixel: 1 or 3
    unsigned allocated = 8, stored = 8;         ///< bits: 1, 8, 12, 16, 24 or 32; 1 to allocated
    unsigned high_bit = 7;                      ///< stored - 1 to allocated - 1
    bool is_signed = false, is_planar = false;  ///< planar: one colour after the other
    std::string photometric;                    ///< "MONOCHROME2"
    std::uint32_t frame_count = 1;

    std::uint64_t pixels() const { return std::uint64_t{rows} * columns; }
    /// Chroma of two pixels side by side is stored once (PS3.3 C.7.6.3.1.2).
    bool is_halved() const { return photometric == "YBR_FULL_422" || photometric == "YBR_PARTIAL_422"; }
    /// Of one frame where it is not compressed; the bits of frames that are no whole bytes follow each other without
    /// padding.
    std::uint64_t frame_bits() const { return pixels() * (is_halved() ? 2 : samples) * allocated; }
    bool is_grey() const { return photometric == "MONOCHROME1" || photometric == "MONOCHROME2"; }
};

/// Throws Unrenderable: incomplete, impossible, unsupported; too_many_pixels where a frame has more than `pixels_max`.
PixelFacts pixel_facts(const Attributes& attributes, std::uint64_t pixels_max);

/// Which frame stands for the instance: its Representative Frame Number, else the one in the middle.
std::uint32_t key_frame(const Attributes& attributes, std::uint32_t frame_count);

/// How much higher than wide a pixel is, of PS3.3 C.7.6.3.1.7 or of what is known about their spacing; 1 where that is
/// not said, or is beyond what a picture can show. `measures`: Pixel Measures of the frame, or null.
double pixel_height(const Attributes& attributes, const Attributes* measures);

}  // namespace broker::worker
