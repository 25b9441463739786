/// Rate: how fast deliveries have come over the last minutes, how long what is left takes at that, and how many came in
/// each minute of the last hour.
///
/// A value told the time; one thread at a time.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "broker/clock.h"

namespace broker::deliver {

/// Of a destination, now.
struct Throughput {
    double instances_per_second = 0, bytes_per_second = 0;
};

class Rate {
public:
    /// What is older counts no more.
    static constexpr std::chrono::minutes window{5};

    /// Deliveries per minute, oldest first; the last is the minute that has begun.
    using Recent = std::array<std::int64_t, 60>;

    /// One instance of so many bytes was delivered.
    void note(Monotonic at, std::int64_t bytes);
    /// Over the window, or since the first delivery in it.
    Throughput present(Monotonic now) const;
    Recent recent(Monotonic now) const;

private:
    struct Slot {
        Monotonic first;
        std::int64_t instances = 0, bytes = 0;
    };
    std::deque<Slot> slots_;                  ///< oldest first
    std::array<std::int64_t, 60> minutes_{};  ///< a ring by the minutes of the monotonic clock
    std::int64_t minute_ = 0;                 ///< the last one that was counted in
};

/// How long `instances` take. Nothing: nothing is delivered now, or it would take more than a year.
std::optional<std::chrono::milliseconds> time_for(std::int64_t instances, const Throughput& throughput);

}  // namespace broker::deliver
