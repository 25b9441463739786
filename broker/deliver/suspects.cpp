// Counting, and forgetting the oldest.
#include "broker/deliver/suspects.h"

namespace broker::deliver {

Suspects::Suspects(const config::Delivery& limits) : strikes_max_(limits.strikes_max), kept_max_(limits.suspects_max) {}

bool Suspects::struck(outbox::JobId job) {
    auto [record, is_new] = records_.try_emplace(job, Record{0, passes_});
    ++record->second.strikes;
    bool is_poison = record->second.strikes >= strikes_max_ && passes_ > record->second.passes_before;
    if (is_poison)
        records_.erase(record);
    else if (is_new && records_.size() > kept_max_)
        records_.erase(records_.begin());
    return is_poison;
}

void Suspects::passed(outbox::JobId job) {
    records_.erase(job);
    ++passes_;
}

}  // namespace broker::deliver
