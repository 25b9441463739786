/// Backoff: how long to wait before the next try, doubling from a base to a cap, with full jitter.
///
/// Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace broker::deliver {

struct BackoffPolicy {
    std::chrono::milliseconds base{5'000};
    std::chrono::milliseconds max{15 * 60'000};
};

/// The wait after `failures_before` earlier failures: between half a base and base × 2^failures_before, at most
/// `policy.max`. `jitter` in [0, 1) is the caller's random number: spread over the whole range, so that the jobs of a
/// destination that returns don't come all at once. The floor keeps an unlucky number from becoming a storm.
std::chrono::milliseconds backoff(std::int64_t failures_before, const BackoffPolicy& policy, double jitter);

}  // namespace broker::deliver
