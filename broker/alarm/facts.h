/// Facts: all that the rules of alarms look at, gathered in one moment.
///
/// Values; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "broker/alarm/forecast.h"
#include "broker/certificates.h"
#include "outbox/views.h"

namespace broker::alarm {

/// Where a configured destination is.
struct Whereabouts {
    std::string destination;
    std::string uplink;       ///< the [[uplink]] that it shares, or ""
    bool is_outside = false;  ///< beyond the hospital's own network, as far as its address tells
    bool operator==(const Whereabouts&) const = default;
};

/// A sender that brought something, whatever addresses it had.
struct Bringer {
    std::string name;       ///< of its [[sender]]; where none fits, its AE title
    bool is_named = false;  ///< a [[sender]] fits: it is meant to be there
    outbox::Instant first_seen_at, last_received_at;
    std::int64_t day_count = 1;  ///< on how many days it brought something
    bool operator==(const Bringer&) const = default;
};

/// What a server last told the time to be.
struct ClockReading {
    std::string server;
    outbox::Instant at;               ///< by our clock
    std::chrono::milliseconds ahead;  ///< its clock before ours; negative: behind
    bool operator==(const ClockReading&) const = default;
};

/// Nothing is taken in.
struct Refusing {
    outbox::Instant since;
    std::string why;  ///< ends a sentence
};

struct Facts {
    outbox::StatusView status;
    std::vector<Whereabouts> places;
    std::vector<Bringer> bringers;
    std::optional<Refusing> refusing = {};
    Forecast forecast = {};
    std::vector<Certificate> certificates = {};  ///< our own
    std::vector<ClockReading> clock = {};        ///< the last one of each server
    std::optional<bool> is_clock_kept = {};      ///< by a time service, as the kernel says; nothing: it doesn't
};

}  // namespace broker::alarm
