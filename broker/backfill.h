/// Backfill: makes jobs for instances that are kept and that a destination has none for, between other work.
///
/// Any thread, several at once; blocks until all is durable. What is passed by reference outlives it. Nothing is
/// remembered between two runs: what has a job is passed over, so a run that was cut short is simply repeated.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "broker/clock.h"
#include "broker/committer/committer.h"
#include "broker/config/config.h"
#include "outbox/views.h"

namespace broker {

/// For which instances, and where to.
struct Wanted {
    std::string destination;
    std::optional<std::string> study_instance_uid;
    std::optional<outbox::Instant> since;  ///< received then or later
    /// Every kept instance; with the edits, where a present route that matches it edits for the destination, else as it
    /// is. Otherwise those for which a present route names the destination, by the header that is read again from the
    /// spool, and which did not come from there; with the route's edits and its hold. Where a header that decides about
    /// edits cannot be read, nothing is made.
    bool is_all = false;
    outbox::Priority priority = outbox::Priority::low;
    bool is_dry_run = false;
    std::string event;  ///< of the history row that sums the run up; "": none
};

struct Backfilled {
    std::int64_t added = 0;
    std::int64_t seen = 0;  ///< the sum of `added` and the four below, and of those whose bytes went meanwhile
    std::int64_t not_routed = 0, came_from_there = 0, older_version = 0, unreadable = 0;
    bool is_whole = true;
};

class Backfill {
public:
    /// Told after each slice; false: stop here.
    using Watch = std::function<bool(std::int64_t done, std::int64_t total)>;

    Backfill(Committer& committer, const Clock& clock, const config::Config& config, std::filesystem::path database)
        : committer_(committer), clock_(clock), config_(config), database_(std::move(database)) {}

    /// The destination is a configured one. Throws outbox::Error, spool::Error (io), Stopped.
    Backfilled run(const Wanted& wanted, const outbox::Actor& actor, const Watch& watch);

private:
    Committer& committer_;
    const Clock& clock_;
    const config::Config& config_;
    const std::filesystem::path database_;
};

}  // namespace broker
