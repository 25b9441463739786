// One mutex, one condition; all times monotonic.
#include "broker/deliver/gate.h"

#include <algorithm>

namespace broker::deliver {

namespace {

constexpr std::chrono::seconds recheck_every{1};  // at most: a busy intake wakes the lane a hundred times as often
constexpr std::chrono::hours far{1};              // a sleep without a known end; any wake ends it

}  // namespace

Gate::Gate(const Clock& clock, unsigned workers, const config::Delivery& limits)
    : clock_(clock), lost_max_(limits.lost_max), suspects_(limits), workers_(workers), allowed_(workers) {}

Gate::Go Gate::wait(unsigned index) {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (is_stopping_) return Go::stop;
        const Monotonic now = clock_.monotonic();
        Worker& self = workers_[index];
        if (breaker_.begin_probe(now)) {
            prober_ = index;
            return Go::probe;
        }
        if (is_recheck_due(self, index) && now >= recheck_at_) {
            self.wakes_seen = wakes_;
            recheck_at_ = now + recheck_every;
            return Go::recheck;
        }
        const bool is_allowed =
            breaker_.state() == Breaker::State::closed && index < allowed_ && now >= self.crowded_until;
        if (is_allowed && (self.wakes_seen != wakes_ || now >= self.look_at)) {
            self.wakes_seen = wakes_;
            return Go::look;
        }
        changed_.wait_until(lock, next_look(self, index));
    }
}

/// A wake while the destination is left alone may be an operator's `resume`; one worker looks, and not at each of many.
bool Gate::is_recheck_due(const Worker& worker, unsigned index) const {
    return index == 0 && breaker_.state() == Breaker::State::open && worker.wakes_seen != wakes_;
}

Monotonic Gate::next_look(const Worker& worker, unsigned index) const {
    Monotonic until = clock_.monotonic() + far;
    if (is_recheck_due(worker, index)) until = recheck_at_;
    if (breaker_.state() == Breaker::State::open) return std::min(until, breaker_.next_try_at());
    if (breaker_.state() == Breaker::State::half_open || index >= allowed_) return until;
    if (worker.wakes_seen != wakes_) return std::min(until, worker.crowded_until);
    return std::min(until, std::max(worker.look_at, worker.crowded_until));
}

void Gate::rest(unsigned index, Monotonic until) {
    std::lock_guard lock(mutex_);
    workers_[index].look_at = until;
}

bool Gate::linger(unsigned index, std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    const Worker& self = workers_[index];
    auto came = [&] { return is_stopping_ || self.wakes_seen != wakes_ || breaker_.state() == Breaker::State::open; };
    if (!changed_.wait_for(lock, at_most, came)) return false;
    return !is_stopping_ && breaker_.state() != Breaker::State::open;
}

void Gate::wake() {
    std::lock_guard lock(mutex_);
    ++wakes_;
    changed_.notify_all();
}

void Gate::stop() {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
    changed_.notify_all();
}

bool Gate::is_stopping() const {
    std::lock_guard lock(mutex_);
    return is_stopping_;
}

std::size_t Gate::claim_max(unsigned index, std::size_t batch) const {
    std::lock_guard lock(mutex_);
    if (is_stopping_ || breaker_.state() == Breaker::State::open) return 0;
    // One job tells as much as eight, and costs less where it fails.
    if (breaker_.state() == Breaker::State::half_open) return index == prober_ ? 1 : 0;
    return index < allowed_ ? batch : 0;
}

bool Gate::set_out(std::size_t due, Way way) {
    std::lock_guard lock(mutex_);
    const std::size_t before_it = way == Way::is_open ? claiming_ : claiming_ + opening_;
    if (due <= before_it) {
        was_turned_away_ = true;
        return false;
    }
    ++(way == Way::is_open ? claiming_ : opening_);
    return true;
}

void Gate::arrived(Way way) {
    std::lock_guard lock(mutex_);
    --(way == Way::is_open ? claiming_ : opening_);
    if (!was_turned_away_) return;
    was_turned_away_ = false;
    ++wakes_;
    changed_.notify_all();
}

void Gate::opened(int change) {
    std::lock_guard lock(mutex_);
    open_ += change;
}

int Gate::open_count() const {
    std::lock_guard lock(mutex_);
    return open_;
}

void Gate::restore(std::int64_t failure_count) {
    std::lock_guard lock(mutex_);
    // Tried at once: whoever restarted the broker may have mended the destination first.
    breaker_.restore(failure_count, clock_.monotonic());
}

std::int64_t Gate::failure_count() const {
    std::lock_guard lock(mutex_);
    return breaker_.failure_count();
}

Breaker::State Gate::breaker() const {
    std::lock_guard lock(mutex_);
    return breaker_.state();
}

bool Gate::is_half_open() const {
    std::lock_guard lock(mutex_);
    return breaker_.state() == Breaker::State::half_open;
}

std::int64_t Gate::failed(Monotonic next_try_at) {
    std::lock_guard lock(mutex_);
    breaker_.failed(next_try_at);
    strikes_ = 0;
    changed_.notify_all();
    return breaker_.failure_count();
}

void Gate::put_off(Monotonic next_try_at) {
    std::lock_guard lock(mutex_);
    breaker_.put_off(next_try_at);
    changed_.notify_all();
}

void Gate::crowded(unsigned index, Monotonic until) {
    std::lock_guard lock(mutex_);
    workers_[index].crowded_until = until;
}

void Gate::hurry() {
    std::lock_guard lock(mutex_);
    breaker_.hurry(clock_.monotonic());
    changed_.notify_all();
}

bool Gate::passed(outbox::JobId job) {
    std::lock_guard lock(mutex_);
    strikes_ = 0;
    suspects_.passed(job);
    // Slow start: twice as many workers after each answer, so that a destination that has just come up is not run over.
    if (breaker_.state() == Breaker::State::closed && allowed_ < workers_.size()) {
        allowed_ = std::min<unsigned>(allowed_ * 2, static_cast<unsigned>(workers_.size()));
        changed_.notify_all();
    }
    return close_breaker();
}

bool Gate::passed() {
    std::lock_guard lock(mutex_);
    return close_breaker();
}

bool Gate::close_breaker() {
    if (!breaker_.passed()) return false;
    allowed_ = 1;
    ++wakes_;
    changed_.notify_all();
    return true;
}

bool Gate::refused(outbox::JobId job) {
    std::lock_guard lock(mutex_);
    return suspects_.refused(job);
}

bool Gate::is_alone(outbox::JobId job) const {
    std::lock_guard lock(mutex_);
    return suspects_.is_alone(job);
}

Gate::Strike Gate::struck(outbox::JobId job) {
    std::lock_guard lock(mutex_);
    ++strikes_;
    return {suspects_.struck(job), strikes_ >= lost_max_};
}

}  // namespace broker::deliver
