/// Route: the decision over all routes.
#include "broker/route/route.h"

#include <algorithm>
#include <cstddef>

namespace broker::route {

namespace {

Target target_of(const Route& route, const std::string& destination) {
    return {destination, route.priority, route.hold, route.edits, route.edits.empty() ? "" : route.name, {}};
}

void merge(const Route& route, Target& target) {
    target.priority = std::min(target.priority, route.priority);
    if (target.hold.empty()) target.hold = route.hold;
    if (route.edits.empty() || route.edits == target.edits) return;
    if (!target.edits.empty()) return target.not_edited_by.push_back(route.name);
    target.edits = route.edits;
    target.edited_by = route.name;
}

void add_targets(const Route& route, std::vector<Target>& targets) {
    for (const std::string& name : route.to) {
        auto known = std::find_if(targets.begin(), targets.end(),
                                  [&](const Target& target) { return target.destination == name; });
        if (known == targets.end())
            targets.push_back(target_of(route, name));
        else
            merge(route, *known);
    }
}

/// Judges the routes that are `otherwise`, or those that aren't. Whether one matched.
bool judge_those(std::span<const Route> routes, const Facts& facts, bool otherwise, std::vector<Verdict>& verdicts) {
    bool has_matched = false, is_over = false;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        if (routes[i].otherwise != otherwise) continue;
        verdicts[i] = is_over                        ? Verdict::after_last
                      : holds(routes[i].when, facts) ? Verdict::matched
                                                     : Verdict::not_matched;
        const bool is_match = verdicts[i] == Verdict::matched;
        has_matched |= is_match;
        is_over |= is_match && routes[i].last;
    }
    return has_matched;
}

}  // namespace

std::vector<Verdict> judge(std::span<const Route> routes, const Facts& facts) {
    std::vector<Verdict> verdicts(routes.size(), Verdict::not_needed);
    // A later route counts as "another one" too, wherever the `otherwise` stands in the file, hence the second pass.
    if (!judge_those(routes, facts, false, verdicts)) judge_those(routes, facts, true, verdicts);
    return verdicts;
}

Decision decision_of(std::span<const Route> routes, std::span<const Verdict> verdicts) {
    Decision decision;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        if (verdicts[i] != Verdict::matched) continue;
        decision.matched.push_back(routes[i].name);
        add_targets(routes[i], decision.targets);
    }
    return decision;
}

Decision decide(std::span<const Route> routes, const Facts& facts) {
    return decision_of(routes, judge(routes, facts));
}

std::set<dicom::TagPath> wanted_tags(std::span<const Route> routes) {
    std::set<dicom::TagPath> tags;
    for (const Route& route : routes) add_tags(route.when, tags);
    return tags;
}

}  // namespace broker::route
