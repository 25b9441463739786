/// Raster: a picture of 8 bits per channel, row by row, as it is scaled and written.
///
/// A value; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace broker::worker {

struct Raster {
    std::uint32_t width = 0, height = 0;
    unsigned channels = 1;              ///< 1: grey, 3: red, green, blue
    std::vector<std::uint8_t> samples;  ///< width * height * channels
};

}  // namespace broker::worker
