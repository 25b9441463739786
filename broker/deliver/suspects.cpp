// Counting, and forgetting the oldest.
#include "broker/deliver/suspects.h"

namespace broker::deliver {

Suspects::Suspects(const config::Delivery& limits) : strikes_max_(limits.strikes_max), kept_max_(limits.suspects_max) {}

bool Suspects::count(outbox::JobId job) {
    auto [record, is_new] = records_.try_emplace(job, Record{0, passes_, refusals_});
    const unsigned strikes = ++record->second.strikes;
    const bool is_poison = strikes >= strikes_max_ && passes_ > record->second.passes_before;
    if (is_new && records_.size() > kept_max_) records_.erase(records_.begin());
    return is_poison;
}

bool Suspects::struck(outbox::JobId job) {
    const bool is_poison = count(job);
    if (is_poison) records_.erase(job);
    return is_poison;
}

bool Suspects::refused(outbox::JobId job) {
    const bool is_poison = count(job);
    ++refusals_;
    return is_poison;
}

bool Suspects::is_alone(outbox::JobId job) const {
    // One of ten of the others may be what it is.
    constexpr std::int64_t passes_per_refusal = 10;
    const auto record = records_.find(job);
    if (record == records_.end()) return false;
    const auto of_others = refusals_ - record->second.refusals_before - record->second.strikes;
    return passes_ - record->second.passes_before >= passes_per_refusal * of_others;
}

void Suspects::passed(outbox::JobId job) {
    records_.erase(job);
    ++passes_;
}

}  // namespace broker::deliver
