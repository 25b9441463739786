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
    std::string hold = {};   ///< why its jobs wait for a person; "": they don't
    std::string edits = {};  ///< what is changed on the way, as edit.h writes it; "": nothing
    Condition when;
    bool operator==(const Route&) const = default;
};

/// A destination that routes name for one instance. Of several such routes the most urgent priority counts, and the
/// first reason to hold; and the first edits in file order, so that nothing goes unedited where one route wants it
/// edited.
struct Target {
    std::string destination;
    Priority priority = Priority::normal;
    std::string hold = {};                        ///< why its job waits for a person; "": it doesn't
    std::string edits = {};                       ///< as of Route
    std::string edited_by = {};                   ///< the route that `edits` come from
    std::vector<std::string> not_edited_by = {};  ///< routes that want other edits, and don't get them
    bool operator==(const Target&) const = default;
};

/// What the routes say of one instance.
struct Decision {
    std::vector<std::string> matched;  ///< names of routes in file order, those of `otherwise` after the others
    std::vector<Target> targets;       ///< each destination once, in the order first named
    bool unrouted() const { return matched.empty(); }
    bool operator==(const Decision&) const = default;
};

/// What became of one route for one instance.
enum class Verdict {
    matched,
    not_matched,
    after_last,  ///< not looked at: an earlier route with `last` matched
    not_needed,  ///< `otherwise`, and another route matched
};

/// The verdict on every route, in file order: the one walk that deciding and explaining rest on.
std::vector<Verdict> judge(std::span<const Route> routes, const Facts& facts);

/// What the routes that matched say together; `verdicts` are those of `judge`.
Decision decision_of(std::span<const Route> routes, std::span<const Verdict> verdicts);

/// Applies every matching route in order. A destination that several name appears once.
Decision decide(std::span<const Route> routes, const Facts& facts);

/// The elements that the routes look at, for the receiving pass to read.
std::set<dicom::TagPath> wanted_tags(std::span<const Route> routes);

}  // namespace broker::route
