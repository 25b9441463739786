/// RouteDiff: what other rules would do to the instances that were received, beside what the present ones do.
///
/// Any thread, several at once. Reads only: takes no lock, changes nothing, and keeps of all instances together no more
/// than the counts of `groups_kept_max` groups with some examples each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/config/config.h"
#include "broker/route/route.h"
#include "outbox/views.h"
#include "spool/spool.h"

namespace broker {

/// Where an instance goes by one set of rules: what comes from a destination does not go back to it.
using Course = std::vector<route::Target>;  ///< by the destination's name

/// What the change means to one destination, in instances.
struct DestinationChange {
    std::int64_t gains = 0, loses = 0;
    std::int64_t edits = 0, priority = 0, hold = 0;  ///< go there by both, but not in the same way
};

struct ChangeExample {
    std::string sop_instance_uid, study_instance_uid, modality;
    outbox::Instant received_at;
    std::vector<std::string> routes_now, routes_then;  ///< that match
};

/// Instances with the same course by the present rules and the same by the others.
struct ChangeGroup {
    Course from, to;
    std::int64_t count = 0;
    std::vector<ChangeExample> examples = {};
};

struct RoutesDiff {
    std::int64_t instances = 0;  ///< the sum of the next four
    std::int64_t same = 0, changed = 0;
    std::int64_t unreadable = 0, purged = 0;  ///< not judged
    std::int64_t unrouted_now = 0, unrouted_then = 0;
    std::int64_t differs_from_recorded =
        0;  ///< the present rules name other destinations than those of its arrival did
    std::map<std::string, DestinationChange> destinations;
    std::vector<ChangeGroup> groups;   ///< the most frequent first
    std::int64_t in_other_groups = 0;  ///< changed instances of no group in the list
    bool is_whole = true;
};

class RouteDiff {
public:
    /// Told after each slice, in instances; false: stop here.
    using Watch = std::function<bool(std::int64_t done, std::int64_t total)>;

    static constexpr std::size_t groups_kept_max = 1000;
    static constexpr std::size_t examples_max = 3;
    static constexpr std::size_t slice_rows = 500;

    RouteDiff(const spool::Spool& spool, std::filesystem::path database)
        : spool_(spool), database_(std::move(database)) {}

    struct Sides {
        const config::Config& present;
        const config::Config& proposed;
    };
    /// Over what was first received since then; `groups_max` groups are returned. Throws outbox::Error, spool::Error
    /// (io).
    RoutesDiff run(const Sides& sides, std::optional<outbox::Instant> since, std::size_t groups_max,
                   const Watch& watch) const;

private:
    const spool::Spool& spool_;
    const std::filesystem::path database_;
};

}  // namespace broker
