/// Statistics: what came of the previews since the start, for the metrics.
///
/// A value.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace broker::preview {

/// How long from the receipt of an instance until its picture was ready, of those that were made in advance.
struct Latency {
    static constexpr std::array<std::chrono::milliseconds, 8> bounds{
        std::chrono::milliseconds{100},     std::chrono::milliseconds{300},    std::chrono::milliseconds{1'000},
        std::chrono::milliseconds{3'000},   std::chrono::milliseconds{10'000}, std::chrono::milliseconds{30'000},
        std::chrono::milliseconds{100'000}, std::chrono::milliseconds{300'000}};
    /// How many took at most bounds[i] and longer than the one before; the last: longer than all.
    std::array<std::uint64_t, bounds.size() + 1> counts{};
    std::uint64_t count = 0;
    std::chrono::milliseconds sum{0}, max{0};

    void add(std::chrono::milliseconds took) {
        ++counts[static_cast<std::size_t>(std::ranges::lower_bound(bounds, took) - bounds.begin())];
        ++count;
        sum += took;
        max = std::max(max, took);
    }
};

struct Statistics {
    std::uint64_t made = 0;        ///< pictures, each with its thumbnail where there is one
    std::uint64_t from_cache = 0;  ///< asked for and there already
    std::uint64_t failed = 0;
    std::uint64_t without_picture = 0;  ///< there is none in the instance
    std::uint64_t dropped = 0;          ///< not made in advance for want of room in the line
    std::size_t waiting = 0;            ///< now
    std::uint64_t cache_bytes = 0;
    std::size_t cache_entries = 0;
    Latency latency;
};

}  // namespace broker::preview
