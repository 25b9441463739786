// Three states; only a probe leads from open to closed.
#include "broker/deliver/breaker.h"

#include <algorithm>

namespace broker::deliver {

void Breaker::restore(std::int64_t failure_count, Monotonic next_try_at) {
    state_ = State::open;
    failure_count_ = failure_count;
    next_try_at_ = next_try_at;
}

void Breaker::failed(Monotonic next_try_at) {
    // What others saw of the same failure while they finished counts once.
    if (state_ != State::open) ++failure_count_;
    state_ = State::open;
    next_try_at_ = next_try_at;
}

bool Breaker::begin_probe(Monotonic now) {
    if (state_ != State::open || now < next_try_at_) return false;
    state_ = State::half_open;
    return true;
}

void Breaker::put_off(Monotonic next_try_at) {
    if (state_ == State::closed) return;
    state_ = State::open;
    next_try_at_ = next_try_at;
}

void Breaker::hurry(Monotonic now) {
    next_try_at_ = std::min(next_try_at_, now);
}

bool Breaker::passed() {
    if (state_ != State::half_open) return false;
    state_ = State::closed;
    failure_count_ = 0;
    return true;
}

}  // namespace broker::deliver
