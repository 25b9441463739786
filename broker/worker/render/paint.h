/// Paint: one frame of an instance as a raster, pixel by pixel as the standard wants it shown.
///
/// One thread; call `start_codecs` before. Reads hostile bytes: it may crash or run on for ever, and belongs into a
/// cage.
#pragma once

#include <optional>

#include "broker/worker/render/bytes.h"
#include "broker/worker/render/order.h"
#include "broker/worker/render/raster.h"

namespace broker::worker {

struct PaintedFrame {
    Raster raster;                 ///< in the frame's own pixels, overlays drawn
    double pixel_height = 1;       ///< how much higher than wide a pixel is to be shown
    std::optional<Window> window;  ///< that was applied; nothing: colour, or a VOI LUT
    std::uint32_t frame = 1, frame_count = 1;
};

struct FrameToPaint {
    std::uint32_t frame = 0;            ///< from 1; 0: the one that stands for the instance
    std::optional<Window> window = {};  ///< nothing: the instance's own
    std::uint64_t pixels_max = 0;       ///< of one frame
};

/// `blob`: a whole file as the spool keeps them. Throws Unrenderable, std::bad_alloc, and what `blob` throws.
PaintedFrame paint(Bytes& blob, const FrameToPaint& wanted);

}  // namespace broker::worker
