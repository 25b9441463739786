/// The rules about destinations: one that fails, waits for a person or stays paused, and a link that several share.
#include <algorithm>

#include "broker/alarm/rule_parts.h"

namespace broker::alarm {

namespace {

using outbox::DestinationView;
using outbox::Reason;

const DestinationView* find(const Facts& facts, const std::string& name) {
    const auto found = std::find_if(facts.status.destinations.begin(), facts.status.destinations.end(),
                                    [&](const DestinationView& each) { return each.name == name; });
    return found == facts.status.destinations.end() ? nullptr : &*found;
}

bool is_failing(const DestinationView& view, outbox::Instant now) {
    return view.failing_since && !is_paused(view, now);
}

/// The destinations of one link: those that fail, and whether another one shows that the link works.
struct Link {
    std::vector<const DestinationView*> failing, others;

    bool is_down() const {
        if (failing.size() < 2) return false;
        return std::none_of(others.begin(), others.end(), [&](const DestinationView* each) {
            return each->last_delivered_at && *each->last_delivered_at >= all_since();
        });
    }
    /// Since when all of them fail: one that was dead before has nothing to do with the link.
    outbox::Instant all_since() const {
        outbox::Instant since = *failing.front()->failing_since;
        for (const auto* each : failing) since = std::max(since, *each->failing_since);
        return since;
    }
};

template <class IsOfIt>
Link link_of(const Judgement& judgement, IsOfIt is_of_it) {
    Link link;
    for (const Whereabouts& each : judgement.facts.places) {
        const auto* view = is_of_it(each) ? find(judgement.facts, each.destination) : nullptr;
        if (view == nullptr) continue;
        (is_failing(*view, judgement.now) ? link.failing : link.others).push_back(view);
    }
    return link;
}

/// Where it is down: one alarm, once all of them have been failing for long enough, and from then on nothing about each
/// of them.
void judge_link(const Judgement& judgement, const Link& link, const std::string& uplink,
                std::vector<std::string>& names) {
    if (!link.is_down()) return;
    // Before that each is told by itself, where it has been failing for long enough.
    const auto since = link.all_since();
    if (judgement.now - since < *judgement.settings.breaker_open) return;
    std::string listed;
    for (const auto* each : link.failing) {
        listed += (listed.empty() ? "" : ", ") + each->name;
        names.push_back(each->name);
    }
    const std::string where = uplink.empty() ? "outside of the own network" : "behind the uplink " + uplink;
    judgement.raised.push_back({"uplink", uplink, since, static_cast<std::int64_t>(link.failing.size()),
                                fmt::format("{} destinations {} fail at once: {}", link.failing.size(), where, listed),
                                "look at the way out first: router, provider, proxy, name server"});
}

/// A route or a person wanted it so.
bool is_wanted(Reason reason) {
    return reason == Reason::held_by_rule || reason == Reason::held_by_operator || reason == Reason::awaiting_release;
}

void judge_held(const Judgement& judgement, const DestinationView& view) {
    std::int64_t jobs = 0;
    std::string reasons;
    for (const outbox::ReasonCount& each : view.by_reason) {
        if (each.state != outbox::State::held || is_wanted(each.reason)) continue;
        jobs += each.jobs;
        reasons += fmt::format("{}{} ({})", reasons.empty() ? "" : ", ", outbox::code(each.reason), each.jobs);
    }
    if (view.held_at)
        judgement.raised.push_back({"held", view.name, view.held_at, std::max<std::int64_t>(1, view.jobs.queued),
                                    fmt::format("{} is held: {}", view.name, outbox::text(view.held_reason)),
                                    "mend what it says, there or in the configuration; it is tried again by itself"});
    else if (jobs > 0)
        judgement.raised.push_back(
            {"held", view.name, std::nullopt, jobs,
             fmt::format("{} for {} {} for a person: {}", jobs == 1 ? "1 job" : fmt::format("{} jobs", jobs), view.name,
                         jobs == 1 ? "waits" : "wait", reasons),
             fmt::format("dicom-bridge outbox ls --destination {} --state held says why; mend it, then release them",
                         view.name)});
}

}  // namespace

bool is_paused(const DestinationView& view, outbox::Instant now) {
    return view.paused_at && (!view.paused_until || *view.paused_until > now);
}

std::vector<std::string> judge_uplinks(const Judgement& judgement) {
    std::vector<std::string> names;
    if (!judgement.settings.breaker_open) return names;
    std::vector<std::string> uplinks;
    for (const Whereabouts& each : judgement.facts.places)
        if (!each.uplink.empty() && std::find(uplinks.begin(), uplinks.end(), each.uplink) == uplinks.end())
            uplinks.push_back(each.uplink);
    for (const std::string& uplink : uplinks)
        judge_link(judgement, link_of(judgement, [&](const Whereabouts& each) { return each.uplink == uplink; }),
                   uplink, names);
    // The rest of the outside; what an uplink's alarm tells of is told.
    judge_link(judgement,
               link_of(judgement,
                       [&](const Whereabouts& each) {
                           return each.is_outside &&
                                  std::find(names.begin(), names.end(), each.destination) == names.end();
                       }),
               "", names);
    return names;
}

void judge_destination(const Judgement& judgement, const DestinationView& view, bool is_uplinks) {
    const auto& [facts, settings, now, raised] = judgement;
    if (settings.held) judge_held(judgement, view);
    // What left the configuration is tried no more: only what it left behind waits for a person.
    if (!view.is_configured) return;
    if (is_paused(view, now)) {
        if (settings.forgotten_pause && !view.paused_until && now - *view.paused_at >= *settings.forgotten_pause)
            raised.push_back({"forgotten_pause", view.name, view.paused_at, std::max<std::int64_t>(1, view.jobs.queued),
                              fmt::format("{} has been paused for longer than {}", view.name,
                                          config::print_duration(*settings.forgotten_pause)),
                              fmt::format("resume it, or take it out of the routes: dicom-bridge destination resume {}",
                                          view.name)});
        return;
    }
    if (is_uplinks) return;
    if (settings.breaker_open && view.failing_since && now - *view.failing_since >= *settings.breaker_open)
        raised.push_back({"breaker_open", view.name, view.failing_since, std::max<std::int64_t>(1, view.failure_count),
                          fmt::format("{} has been failing for longer than {}: {}", view.name,
                                      config::print_duration(*settings.breaker_open), view.last_error),
                          fmt::format("dicom-bridge doctor {} looks at the way there step by step", view.name)});
    if (settings.oldest_undelivered && view.oldest_queued_at &&
        now - *view.oldest_queued_at >= *settings.oldest_undelivered)
        raised.push_back({"oldest_undelivered", view.name, view.oldest_queued_at,
                          std::max<std::int64_t>(1, view.jobs.queued - view.jobs.waiting),
                          fmt::format("an instance for {} has been on its way for longer than {}", view.name,
                                      config::print_duration(*settings.oldest_undelivered)),
                          "see whether the destination fails, or whether it is only slow: rate and eta in the status"});
}

}  // namespace broker::alarm
