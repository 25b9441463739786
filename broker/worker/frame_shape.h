/// FrameShape: what a data set says about its frames, for decoders that decode one.
///
/// A value; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace broker::worker {

/// A frame that says otherwise about itself is not decoded.
struct FrameShape {
    std::uint32_t rows = 0, columns = 0;
    unsigned samples_per_pixel = 1;
    unsigned bits_allocated = 8;  ///< whole bytes
    bool is_signed = false;
    std::size_t pixels() const { return std::size_t{rows} * columns; }
    /// Of one decoded frame.
    std::size_t bytes() const { return pixels() * samples_per_pixel * (bits_allocated / 8); }
};

}  // namespace broker::worker
