/// Pace: how long a seat rests between two pictures that nobody waits for, so that the intake goes first.
///
/// A pure function; any thread. Priorities alone don't do it: what a receiver that waits for its disk leaves of a
/// processor, another one doesn't get for nothing (caches, the disk, what a virtual machine shares).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "broker/clock.h"

namespace broker::preview {

/// So many may wait before it counts as falling behind: about what is made in a second.
inline constexpr std::size_t backlog_max = 200;
/// Instances that come in such distances come one behind the other.
inline constexpr std::chrono::milliseconds dense_within{100};
/// Times as long as it has worked, and at most so long: what took long was no part of a stream that keeps coming.
inline constexpr int rest_factor = 4;
inline constexpr std::chrono::seconds rest_max{1};

/// `worked`: on the last one; `waiting`: in advance; `since_arrival`: of the last instance. Nothing while there is no
/// backlog, or while nothing more arrives.
constexpr Monotonic::duration rest_after(Monotonic::duration worked, std::size_t waiting,
                                         Monotonic::duration since_arrival) {
    const bool is_behind = waiting > backlog_max && since_arrival < dense_within;
    return is_behind ? std::min<Monotonic::duration>(rest_factor * worked, rest_max) : Monotonic::duration{};
}

}  // namespace broker::preview
