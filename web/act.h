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
    bool ok = false;
    std::string text;  ///< what was asked and what came back, for a person
    std::chrono::milliseconds took{0};
};

class Act {
public:
    /// Told how far it got; false: stop here, and return what was done until now.
    using Progress = std::function<bool(const Changed&)>;

    Act() = default;
    Act(const Act&) = delete;
    Act& operator=(const Act&) = delete;
    virtual ~Act() = default;

    /// `verb` is hold, release, retry, cancel, resend or adopt.
    virtual outbox::Applied act(outbox::Verb verb, outbox::JobId job, const outbox::Actor& actor) = 0;
    /// The same to all jobs of a filter that isn't empty, in slices.
    virtual Changed act(outbox::Verb verb, const outbox::JobFilter& filter, const outbox::Actor& actor,
                        const Progress& progress) = 0;

    // Of a destination; false or nothing: there is none of that name.

    virtual bool pause(std::string_view destination, std::string_view reason, std::optional<outbox::Instant> until,
                       const outbox::Actor& actor) = 0;
    /// Also where it isn't paused: what backs off, or waits for an order or an accession number, is due now.
    virtual bool resume(std::string_view destination, const outbox::Actor& actor) = 0;
    /// Asks the destination whether it answers; returns within its time-out.
    virtual std::optional<Echo> echo(std::string_view destination, const outbox::Actor& actor) = 0;
};

}  // namespace web
