/// Route: the decision over all routes.
#include "broker/route/route.h"

#include <algorithm>

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

void apply(std::span<const Route> routes, const Facts& facts, bool otherwise, Decision& decision) {
    for (const Route& route : routes) {
        if (route.otherwise != otherwise || !holds(route.when, facts)) continue;
        decision.matched.push_back(route.name);
        add_targets(route, decision.targets);
        if (route.last) return;
    }
}

}  // namespace

Decision decide(std::span<const Route> routes, const Facts& facts) {
    Decision decision;
    apply(routes, facts, false, decision);
    // A later route counts as "another one" too, wherever the `otherwise` stands in the file, hence the second pass.
    if (decision.matched.empty()) apply(routes, facts, true, decision);
    return decision;
}

std::set<dicom::TagPath> wanted_tags(std::span<const Route> routes) {
    std::set<dicom::TagPath> tags;
    for (const Route& route : routes) add_tags(route.when, tags);
    return tags;
}

}  // namespace broker::route
