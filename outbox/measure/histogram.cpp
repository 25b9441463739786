// Relaxed: each count is right, and a reader may miss what is noted while it reads.
#include "outbox/measure/histogram.h"

#include <algorithm>

namespace measure {

void Histogram::note(std::chrono::nanoseconds took) noexcept {
    const auto us = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    const auto step =
        std::find_if(bounds_ms.begin(), bounds_ms.end(), [&](int ms) { return us <= std::int64_t{ms} * 1000; });
    counts_[static_cast<std::size_t>(step - bounds_ms.begin())].fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(static_cast<std::uint64_t>(us), std::memory_order_relaxed);
}

Distribution Histogram::read() const {
    Distribution read;
    for (const int ms : bounds_ms) read.bounds_s.push_back(ms / 1000.0);
    for (const auto& each : counts_) read.counts.push_back(each.load(std::memory_order_relaxed));
    read.sum_s = static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1e6;
    return read;
}

}  // namespace measure
