// One pace after the other.
#include "broker/deliver/stride.h"

#include <algorithm>
#include <limits>

namespace broker::deliver {

bool Stride::take(std::size_t bytes) {
    // The narrower one, a destination's own, comes first: who stands in line for the shared one is ready to go.
    for (const PaceLine& each : lines_)
        if (!each.pace->take(each.line, bytes, is_interrupted_)) return false;
    return !is_interrupted_;
}

std::size_t Stride::piece_max() const {
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (const PaceLine& each : lines_) least = std::min(least, each.pace->piece_max());
    return least;
}

void Stride::interrupt() {
    is_interrupted_ = true;
    for (const PaceLine& each : lines_) each.pace->wake();
}

}  // namespace broker::deliver
