/// Explain: why an instance goes where it goes, and what other rules would do; web declares it, the broker implements
/// it.
///
/// Any thread, several at once. Changes nothing, takes no lock. What it answers shows values of tags, which may be a
/// patient's: for the person who asked, never for a log or the history. Throws web::Error, unavailable, and what outbox
/// and spool throw.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "outbox/ids.h"
#include "outbox/job.h"
#include "web/act.h"
#include "web/parsed.h"

namespace web {

/// How an instance came, or would come.
struct Arrival {
    std::string calling_ae_title, called_ae_title, address, tls_subject;
    std::optional<std::string> sender;  ///< nothing: the first [[sender]] that fits
    std::string known_as = {};          ///< the [[sender]] that it was: its certificate is not at hand any more
};

/// One test that decided.
struct Finding {
    std::string subject, test;        ///< "Modality", "is CT or DX"
    std::vector<std::string> values;  ///< that it was put to; none: absent
    bool holds = false;
};

enum class RouteVerdict { matched, not_matched, after_last, not_needed };

struct RouteExplained {
    std::string name;
    RouteVerdict verdict = RouteVerdict::not_matched;
    std::string because;  ///< after_last, not_needed: the route that made it so
    bool is_otherwise = false, is_last = false;
    std::vector<Finding> findings;
    std::vector<std::string> to;
    outbox::Priority priority = outbox::Priority::normal;
    std::string hold;                ///< why its jobs wait for a person; "": they don't
    std::vector<std::string> edits;  ///< in words, one line each
};

/// Where an instance goes, and how.
struct TargetExplained {
    std::string destination;
    outbox::Priority priority = outbox::Priority::normal;
    std::string hold;
    std::vector<std::string> edits;
    std::string edited_by;                   ///< the route that the edits come from
    std::vector<std::string> not_edited_by;  ///< routes whose other edits are not made
    bool came_from_there = false;            ///< it gets no job: the instance came from there
};

struct Explanation {
    Arrival arrival;  ///< with the sender that was found, "" where none fits
    std::vector<RouteExplained> routes;
    std::vector<TargetExplained> targets;
    bool is_unrouted = false;
};

/// Tags by keyword, "(gggg,eeee)" or path, each with its values.
using Tags = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// Other rules, to be compared with the present ones.
struct Proposal {
    std::string settings;                  ///< a whole configuration, as TOML
    std::optional<outbox::Instant> since;  ///< over what was received then or later; nothing: over everything
    std::size_t groups_max = 20;
};

/// What the change means to one destination, in instances.
struct DestinationChange {
    std::string name;
    std::int64_t gains = 0, loses = 0;
    std::int64_t edits = 0, priority = 0, hold = 0;  ///< go there by both, but not in the same way
};

/// A destination as one side of a change names it.
struct Going {
    std::string destination;
    outbox::Priority priority = outbox::Priority::normal;
    std::string hold{};
    std::vector<std::string> edits{};
};

struct ChangeExample {
    std::string sop_instance_uid, study_instance_uid, modality;
    outbox::Instant received_at;
    std::vector<std::string> routes_now, routes_then;  ///< that match
};

/// Instances that go from the same destinations to the same others.
struct ChangeGroup {
    std::vector<Going> from, to;
    std::int64_t count = 0;
    std::vector<ChangeExample> examples;
};

struct RoutesDiff {
    std::int64_t instances = 0;  ///< the sum of the next four
    std::int64_t same = 0, changed = 0;
    std::int64_t unreadable = 0;  ///< their header could not be read: not judged
    std::int64_t purged = 0;      ///< their bytes are gone: not judged
    std::int64_t unrouted_now = 0, unrouted_then = 0;
    std::int64_t differs_from_recorded = 0;  ///< the present rules say something else than those of its arrival did
    std::vector<DestinationChange> destinations;  ///< by name; only where something changes
    std::vector<ChangeGroup> groups;              ///< the most frequent first
    std::int64_t in_other_groups = 0;             ///< changed instances of no group that is shown
    bool is_whole = true;                         ///< false: stopped before all were looked at
};

class Explain {
public:
    using Comparison = std::function<RoutesDiff(const Act::Watch& watch)>;

    /// A kept instance, by its blob.
    struct Kept {
        outbox::Digest digest{};
        std::string transfer_syntax_uid;
    };

    Explain() = default;
    Explain(const Explain&) = delete;
    Explain& operator=(const Explain&) = delete;
    virtual ~Explain() = default;

    /// What the present rules say of an instance that is kept; nothing where its header cannot be read.
    virtual std::optional<Explanation> explain(const Kept& instance, const Arrival& arrival) const = 0;
    /// The same of one that only is imagined. A fault where a tag is none.
    virtual Parsed<Explanation> explain(const Tags& tags, const Arrival& arrival) const = 0;
    /// The work of comparing, to be run while this exists. A fault where the settings have problems.
    virtual Parsed<Comparison> compare(const Proposal& proposal) const = 0;
};

}  // namespace web
