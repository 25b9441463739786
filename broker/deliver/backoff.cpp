// The doubling, the cap and the jitter.
#include "broker/deliver/backoff.h"

#include <algorithm>

namespace broker::deliver {

std::chrono::milliseconds backoff(std::int64_t failures_before, const BackoffPolicy& policy, double jitter) {
    auto ceiling = std::min(policy.base, policy.max);
    for (std::int64_t n = 0; n < failures_before && ceiling < policy.max; ++n)
        ceiling = std::min(ceiling * 2, policy.max);
    auto floor = std::min(policy.base, ceiling) / 2;
    auto spread = static_cast<double>((ceiling - floor).count()) * std::clamp(jitter, 0.0, 1.0);
    return floor + std::chrono::milliseconds(static_cast<std::int64_t>(spread));
}

}  // namespace broker::deliver
