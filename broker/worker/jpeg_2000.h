/// Decodes one JPEG 2000 or HTJ2K frame, by OpenJPEG.
///
/// Any thread. Bounded only by the process that it runs in.
#pragma once

#include <cstddef>
#include <span>

#include "broker/worker/frame_shape.h"

namespace broker::worker {

/// Writes the frame's samples into `into`, which has shape.bytes(): little endian, colour by pixel. False when the
/// frame is broken, unlike its shape, or cut short, and where more than 16 bits are allocated.
bool decode_jpeg_2000(std::span<const std::byte> frame, const FrameShape& shape, std::span<std::byte> into);

}  // namespace broker::worker
