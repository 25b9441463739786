/// Act: what a person may do to the running broker; web declares it, the broker implements it.
///
/// Any thread, several at once. Every call returns after its change and its history row are durable. Throws web::Error,
/// unavailable (the broker is stopping, or its disk is full), and what the outbox throws.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outbox/filter.h"
#include "outbox/ids.h"
#include "outbox/outbox.h"
#include "outbox/state.h"

namespace web {

struct Changed {
    std::int64_t changed = 0;
    std::int64_t seen = 0;  ///< jobs that the filter named, the ones where the verb doesn't apply included
};

struct Echo {
    bool is_under_way = false;  ///< another call is asking the destination: this one asked nothing
    bool ok = false;
    std::string text{};  ///< what was asked and what came back, for a person
    std::chrono::milliseconds took{0};
};

/// Jobs to make for kept instances that a destination has none for.
struct Addition {
    std::string destination;
    std::optional<std::string> study_instance_uid;  ///< only of this study
    std::optional<outbox::Instant> since;           ///< only received then or later
    /// Every kept instance, whatever the routes say now, and wherever it came from; but with the edits of a present
    /// route that matches it.
    bool is_all = false;
    outbox::Priority priority = outbox::Priority::low;
    bool is_dry_run = false;  ///< only counts
    std::string event;        ///< of the one history row for the act; "": none but those of the jobs
};

struct Added {
    std::int64_t added = 0;       ///< jobs; of a dry run: that would be
    std::int64_t seen = 0;        ///< kept instances without a job there
    std::int64_t not_routed = 0;  ///< no present route names the destination for them
    std::int64_t came_from_there = 0;
    std::int64_t older_version = 0;  ///< a later one takes their place there
    std::int64_t unreadable = 0;     ///< their header could not be read from the spool
    bool is_whole = true;            ///< false: stopped before all were seen; the same call goes on from there
};

/// Jobs of one destination that are to be promised to another instead.
struct Transfer {
    outbox::JobFilter filter;  ///< its destination is the one they leave
    std::string to;
    /// Those that may have arrived are moved, too.
    bool has_uncertain = false;
};

/// The accession number that a study is to have at destinations that register it.
struct Assignment {
    std::string study_instance_uid;
    std::string accession_number;  ///< as `parse_accession` gives it
    std::vector<std::string> destinations;
};

class Act {
public:
    /// Told how far it got; false: stop here, and return what was done until now.
    using Progress = std::function<bool(const Changed&)>;
    /// The same for work whose whole is known, or 0.
    using Watch = std::function<bool(std::int64_t done, std::int64_t total)>;

    Act() = default;
    Act(const Act&) = delete;
    Act& operator=(const Act&) = delete;
    virtual ~Act() = default;

    /// `verb` is hold, release, retry, cancel, resend, adopt, ask or recheck.
    virtual outbox::Applied act(outbox::Verb verb, outbox::JobId job, const outbox::Actor& actor) = 0;
    /// The same to all jobs of a filter that isn't empty, in slices. What is retried becomes due a few at a time.
    virtual Changed act(outbox::Verb verb, const outbox::JobFilter& filter, const outbox::Actor& actor,
                        const Progress& progress) = 0;

    /// At all of the destinations or at none; in their order, what became of the study's jobs there.
    virtual std::vector<outbox::Assigned> assign(const Assignment& assignment, const outbox::Actor& actor) = 0;

    // Of a destination; false or nothing: there is none of that name.

    virtual bool pause(std::string_view destination, std::string_view reason, std::optional<outbox::Instant> until,
                       const outbox::Actor& actor) = 0;
    /// Also where it isn't paused: what backs off, or waits for an order or an accession number, is due now.
    virtual bool resume(std::string_view destination, const outbox::Actor& actor) = 0;
    /// Asks the destination whether it answers; returns within its time-out, and at once where another call asks.
    virtual std::optional<Echo> echo(std::string_view destination, const outbox::Actor& actor) = 0;

    // Both destinations are configured ones: the caller has looked. In slices between other work; what was done until
    // it stopped, or failed, stays done, and the same call again does the rest.

    virtual Added add(const Addition& addition, const outbox::Actor& actor, const Watch& watch) = 0;
    virtual Changed move(const Transfer& transfer, const outbox::Actor& actor, const Progress& progress) = 0;
};

}  // namespace web
