/// Decodes one JPEG 2000 or HTJ2K frame, by OpenJPEG.
///
/// Any thread. Bounded only by the process that it runs in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace broker::worker {

/// What the data set says about the frame; a frame that says otherwise is not decoded.
struct FrameShape {
    std::uint32_t rows = 0, columns = 0;
    unsigned samples_per_pixel = 1;
    unsigned bits_allocated = 8;  ///< 8 or 16
    bool is_signed = false;
    /// Of one decoded frame.
    std::size_t bytes() const { return std::size_t{rows} * columns * samples_per_pixel * (bits_allocated / 8); }
};

/// Writes the frame's samples into `into`, which has shape.bytes(): little endian, colour by pixel. False when the
/// frame is broken, unlike its shape, or cut short.
bool decode_jpeg_2000(std::span<const std::byte> frame, const FrameShape& shape, std::span<std::byte> into);

}  // namespace broker::worker
