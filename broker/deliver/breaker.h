/// Breaker: whether a destination is used, left alone, or tried with one probe.
///
/// A value told the time; one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>

#include "broker/clock.h"

namespace broker::deliver {

class Breaker {
public:
    enum class State {
        closed,     ///< used by all workers
        open,       ///< left alone until `next_try_at`
        half_open,  ///< one worker tries: first a sign of life, then one job
    };

    State state() const { return state_; }
    std::int64_t failure_count() const { return failure_count_; }
    Monotonic next_try_at() const { return next_try_at_; }

    /// As an earlier process left it.
    void restore(std::int64_t failure_count, Monotonic next_try_at);
    /// The destination failed once more; it is left alone until `next_try_at`.
    void failed(Monotonic next_try_at);
    /// True when it is time for a probe and nobody is at it: then it is the caller's.
    bool begin_probe(Monotonic now);
    /// The probe could not be made: again at `next_try_at`. Counts nothing.
    void put_off(Monotonic next_try_at);
    /// An operator wants it tried now.
    void hurry(Monotonic now);
    /// Something proved that the destination works. True when this closed it.
    bool passed();

private:
    State state_ = State::closed;
    std::int64_t failure_count_ = 0;  ///< in a row
    Monotonic next_try_at_{};
};

}  // namespace broker::deliver
