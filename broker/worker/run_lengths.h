/// Decodes one frame of run lengths (RLE Lossless, PS3.5 annex G).
///
/// A pure function; any thread. DCMTK's decoder fills up what is missing and calls it success: a frame that was cut
/// short would reach a destination as a whole one.
#pragma once

#include <cstddef>
#include <span>

#include "broker/worker/frame_shape.h"

namespace broker::worker {

/// Writes the frame's samples into `into`, which has shape.bytes(): little endian, colour by pixel. False when the
/// frame has other segments than its shape wants, or one of them ends before its last pixel.
bool decode_run_lengths(std::span<const std::byte> frame, const FrameShape& shape, std::span<std::byte> into);

}  // namespace broker::worker
