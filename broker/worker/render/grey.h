/// Grey: stored values of one sample per pixel as brightness (PS3.4 N.2): Modality LUT, VOI LUT, Presentation LUT.
///
/// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "broker/worker/render/grey_facts.h"
#include "broker/worker/render/raster.h"

namespace broker::worker {

struct GreyPicture {
    Raster raster;
    std::optional<Window> window;  ///< that was applied; nothing: a VOI LUT was
};

/// `wanted`, else the image's own first window, else its VOI LUT, else what fits: of up to 8 bits all of their range,
/// of more that between the 0.5th and the 99.5th percentile of the frame's values. Padding is black.
/// `bytes` are those of one frame, facts.frame_bits() of them.
GreyPicture paint_grey(std::span<const std::byte> bytes, const PixelFacts& pixels, const GreyFacts& facts,
                       const std::optional<Window>& wanted);

}  // namespace broker::worker
