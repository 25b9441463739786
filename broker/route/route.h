/// Route: the rules that say which instances go to which destinations, and the pure function that applies them.
///
/// Values and pure functions; any thread.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "broker/route/condition.h"

namespace broker::route {

enum class Priority { high, normal, low };  ///< most urgent first

struct Route {
    std::string name;
    std::vector<std::string> to;  ///< names of destinations
    Priority priority = Priority::normal;
    bool otherwise = false;  ///< applies only where no other route matched
    bool last = false;       ///< where it matches, no later route is looked at
    Condition when;
    bool operator==(const Route&) const = default;
};

struct Target {
    std::string destination;
    Priority priority = Priority::normal;
    bool operator==(const Target&) const = default;
};

/// What the routes say of one instance.
struct Decision {
    std::vector<std::string> matched;  ///< names of routes in file order, those of `otherwise` after the others
    std::vector<Target> targets;       ///< each destination once, in the order first named
    bool unrouted() const { return matched.empty(); }
    bool operator==(const Decision&) const = default;
};

/// Applies every matching route in order. A destination that several name appears once, with the most urgent priority.
Decision decide(std::span<const Route> routes, const Facts& facts);

/// The tags that the routes look at, for the receiving pass to read.
std::set<dicom::Tag> wanted_tags(std::span<const Route> routes);

}  // namespace broker::route
