/// Ages: the last count of what is undelivered by age, shared by all who ask for it.
#include "web/ages.h"

#include <numeric>

namespace web {

std::chrono::milliseconds Ages::good_for(const outbox::AgesView& ages) {
    std::int64_t jobs = 0;
    for (const auto& each : ages.destinations)
        jobs = std::accumulate(each.undelivered.begin(), each.undelivered.end(), jobs);
    // A thousand jobs are counted in some 0.2 ms: so counting takes at most a tenth of one thread's time.
    return std::chrono::seconds(1) + std::chrono::milliseconds(jobs / 1000 * 2);
}

/// A clock that was set back makes no count good for longer.
bool Ages::is_younger(outbox::Instant now, std::chrono::milliseconds than) const {
    return last_ && now >= last_->at && now - last_->at < than;
}

outbox::AgesView Ages::get(outbox::Instant now, const Count& count) {
    std::unique_lock lock(mutex_);
    counted_.wait(lock, [&] { return !is_counting_ || is_younger(now, std::chrono::minutes(1)); });
    if (is_counting_ || (last_ && is_younger(now, good_for(*last_)))) return *last_;
    is_counting_ = true;
    lock.unlock();
    std::optional<outbox::AgesView> counted;
    const auto end = [&] {
        lock.lock();
        is_counting_ = false;
        if (counted) last_ = *counted;
        counted_.notify_all();
    };
    try {
        counted = count();
    } catch (...) {
        end();
        throw;
    }
    end();
    return *counted;
}

}  // namespace web
