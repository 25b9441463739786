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

/// What to type instead of what is none of these, for people.
inline constexpr std::string_view time_forms =
    "not a time; use 2026-01-15, 2026-01-15T08:30 or a duration back like 4h, of 100 years at most";
inline constexpr std::string_view duration_forms = "not a duration; use 90s, 15m, 4h or 30d, 100 years at most";

/// A date (`2026-01-15`: the day's begin or end in the zone), an instant (`2026-01-15T08:30[:15[.250]]`, with `Z` or
/// `+07:00`, else in the zone), or a duration back (`90s 15m 4h 30d`, config::duration_max at most). Nothing when it is
/// none of these, or no instant that print_instant can write: of a year from 0 to 9999.
std::optional<Instant> parse_instant(std::string_view text, const Here& here, DayEnd day);

/// ISO 8601 in UTC with milliseconds. The year must have four digits.
std::string print_instant(Instant at);

}  // namespace broker::cli
