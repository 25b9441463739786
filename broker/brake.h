/// Brake: how long nothing is sent to a receiver that did not take a call, so that no outage is answered by a storm.
///
/// A value told the time; one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "broker/clock.h"
#include "broker/deliver/backoff.h"
#include "broker/json_call.h"

namespace broker {

class Brake {
public:
    /// A call that was tried `attempt_count` times before was not taken. Where the next one would fare no better, or
    /// so many in a row failed that it is not the calls, the receiver rests.
    struct Verdict {
        std::chrono::milliseconds wait{0};  ///< until this call is tried again
        bool goes_on = true;                ///< the others may be tried meanwhile
    };
    Verdict failed(const Tried& tried, std::int64_t attempt_count, const deliver::BackoffPolicy& policy,
                   const std::function<double()>& jitter, Monotonic now);
    void taken() { *this = {}; }

    /// Until then it rests.
    Monotonic until() const { return until_; }

private:
    Monotonic until_{};
    std::int64_t failures_ = 0;  ///< in a row, that the next call would meet, too
    int strikes_ = 0;            ///< calls in a row that were not taken for a reason that may be their own
};

}  // namespace broker
