#include "broker/http/pool.h"

namespace broker::http {

std::unique_ptr<Wire> Pool::take(Monotonic now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(kept_, [&](const Kept& kept) { return now - kept.since >= kept_for_; });
    while (!kept_.empty()) {
        std::unique_ptr<Wire> wire = std::move(kept_.back().wire);
        kept_.pop_back();
        if (!wire->is_quiet()) continue;
        wire->part(false);
        return wire;
    }
    return nullptr;
}

void Pool::give(std::unique_ptr<Wire> wire, Monotonic now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(kept_, [&](const Kept& kept) { return now - kept.since >= kept_for_; });
    if (count_max_ == 0) return;
    if (kept_.size() == count_max_) kept_.erase(kept_.begin());
    kept_.push_back({std::move(wire), now});
}

void Pool::close() {
    const std::lock_guard lock(mutex_);
    kept_.clear();
}

std::size_t Pool::count() const {
    const std::lock_guard lock(mutex_);
    return kept_.size();
}

}  // namespace broker::http
