// Deliveries are summed up in slots of a few seconds, so that a fast destination takes no more memory than a slow one.
#include "broker/deliver/rate.h"

#include <algorithm>

namespace broker::deliver {

namespace {

constexpr std::chrono::seconds slot_for{5};
constexpr std::chrono::seconds span_min{1};  // one delivery alone is no infinite rate

}  // namespace

void Rate::note(Monotonic at, std::int64_t bytes) {
    while (!slots_.empty() && at - slots_.front().first > window) slots_.pop_front();
    if (slots_.empty() || at - slots_.back().first >= slot_for) slots_.push_back({at});
    ++slots_.back().instances;
    slots_.back().bytes += bytes;
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
