/// Rate: how fast deliveries have come over the last minutes, and how long what is left takes at that.
///
/// A value told the time; one thread at a time.
#pragma once

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

    /// One instance of so many bytes was delivered.
    void note(Monotonic at, std::int64_t bytes);
    /// Over the window, or since the first delivery in it.
    Throughput present(Monotonic now) const;

private:
    struct Slot {
        Monotonic first;
        std::int64_t instances = 0, bytes = 0;
    };
    std::deque<Slot> slots_;  ///< oldest first
};

/// How long `instances` take. Nothing: nothing is delivered now, or it would take more than a year.
std::optional<std::chrono::milliseconds> time_for(std::int64_t instances, const Throughput& throughput);

}  // namespace broker::deliver
