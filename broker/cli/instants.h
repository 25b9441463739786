/// Instants: what a person types for a time, and how a time is told to the broker.
///
/// `parse_instant` reads the system's time zone files through the process's TZ for a moment, so: the main thread,
/// before others are started. The rest is pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "outbox/ids.h"

namespace broker::cli {

using outbox::Instant;

/// Where "today" and "two hours ago" are.
struct Here {
    Instant now;
    std::string zone;  ///< of [node] timezone; empty: that of the system
};

/// Which end of a day a bare date means.
enum class DayEnd { begin, end };

/// A date (`2026-01-15`: the day's begin or end in the zone), an instant (`2026-01-15T08:30[:15[.250]]`, with `Z` or
/// `+07:00`, else in the zone), or a duration back (`90s 15m 4h 30d`). Nothing when it is none of these.
std::optional<Instant> parse_instant(std::string_view text, const Here& here, DayEnd day);

/// ISO 8601 in UTC with milliseconds.
std::string print_instant(Instant at);

}  // namespace broker::cli
