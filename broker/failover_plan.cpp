#include "broker/failover_plan.h"

#include <algorithm>

namespace broker {

namespace {

bool is_well(const Place& place) {
    return !place.is_paused && !place.troubled_since;
}

bool is_out(const Place& place, config::Duration after, outbox::Instant now) {
    return place.troubled_since && now - *place.troubled_since >= after;
}

const Place* find(std::span<const Place> places, const std::string& name) {
    const auto found = std::ranges::find(places, name, &Place::name);
    return found == places.end() ? nullptr : &*found;
}

/// Who stands in keeps to it while it may: a study is not to be spread over all of them by a short trouble of one.
const Place* keeper(std::span<const Place> places, const Place& place, outbox::Instant now) {
    const Place* present = find(places, place.stood_in_by);
    const bool is_listed = std::ranges::find(place.failover, place.stood_in_by) != place.failover.end();
    const bool may_keep = is_listed && present != nullptr && !present->is_paused;
    return may_keep && !is_out(*present, place.failover_after, now) ? present : nullptr;
}

/// While it has been in trouble for long enough.
void stand_in(std::span<const Place> places, const Place& place, outbox::Instant now, FailoverStep& step) {
    const Place* present = keeper(places, place, now);
    for (const std::string& name : place.failover) {
        const Place* other = find(places, name);
        if (other == nullptr) continue;
        const bool may_take = present == nullptr || present == other;
        if (step.moves_to.empty() && may_take && is_well(*other)) step.moves_to = name;
        if (is_out(*other, place.failover_after, now)) step.leaves.push_back(name);
    }
    // Nobody can take more; who has jobs of it still stands in for it.
    const bool is_listed = std::ranges::find(place.failover, place.stood_in_by) != place.failover.end();
    step.stood_in_by = !step.moves_to.empty() ? step.moves_to : is_listed ? place.stood_in_by : "";
    if (step.moves_to.empty()) step.leaves.clear();
}

}  // namespace

std::vector<FailoverStep> plan_failover(std::span<const Place> places, outbox::Instant now) {
    std::vector<FailoverStep> steps;
    for (const Place& place : places) {
        FailoverStep& step = steps.emplace_back(FailoverStep{.destination = place.name});
        if (is_well(place))
            step.takes_back = true;
        else if (!place.is_paused && !place.failover.empty() && is_out(place, place.failover_after, now))
            stand_in(places, place, now, step);
    }
    return steps;
}

}  // namespace broker
