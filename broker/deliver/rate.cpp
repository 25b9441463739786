// Deliveries are summed up in slots of a few seconds, so that a fast destination takes no more memory than a slow one.
#include "broker/deliver/rate.h"

#include <algorithm>

namespace broker::deliver {

namespace {

constexpr std::chrono::seconds slot_for{5};
constexpr std::chrono::seconds span_min{1};  // one delivery alone is no infinite rate

constexpr std::int64_t minutes_max = 60;

std::int64_t minute_of(Monotonic at) {
    return std::chrono::floor<std::chrono::minutes>(at.time_since_epoch()).count();
}

std::size_t index_of(std::int64_t minute) {
    return static_cast<std::size_t>((minute % minutes_max + minutes_max) % minutes_max);
}

}  // namespace

void Rate::note(Monotonic at, std::int64_t bytes) {
    while (!slots_.empty() && at - slots_.front().first > window) slots_.pop_front();
    if (slots_.empty() || at - slots_.back().first >= slot_for) slots_.push_back({at});
    ++slots_.back().instances;
    slots_.back().bytes += bytes;
    const std::int64_t minute = minute_of(at);
    // Those between were empty; after an hour all were.
    for (std::int64_t each = std::max(minute_ + 1, minute - minutes_max + 1); each <= minute; ++each)
        minutes_[index_of(each)] = 0;
    minute_ = std::max(minute_, minute);
    ++minutes_[index_of(minute)];
}

Rate::Recent Rate::recent(Monotonic now) const {
    Recent shown{};
    const std::int64_t present = minute_of(now);
    for (std::int64_t each = present - minutes_max + 1; each <= present; ++each)
        if (each <= minute_ && each > minute_ - minutes_max)
            shown[static_cast<std::size_t>(each - (present - minutes_max + 1))] = minutes_[index_of(each)];
    return shown;
}

Throughput Rate::present(Monotonic now) const {
    std::int64_t instances = 0, bytes = 0;
    Monotonic since = now;
    for (const Slot& each : slots_) {
        if (now - each.first > window) continue;
        since = std::min(since, each.first);
        instances += each.instances;
        bytes += each.bytes;
    }
    const double seconds = std::chrono::duration<double>(std::max<Monotonic::duration>(now - since, span_min)).count();
    return {static_cast<double>(instances) / seconds, static_cast<double>(bytes) / seconds};
}

std::optional<std::chrono::milliseconds> time_for(std::int64_t instances, const Throughput& throughput) {
    constexpr std::chrono::hours longest{24 * 365};
    if (throughput.instances_per_second <= 0) return std::nullopt;
    const std::chrono::duration<double> time(static_cast<double>(instances) / throughput.instances_per_second);
    if (time > longest) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::milliseconds>(time);
}

}  // namespace broker::deliver
