/// Times: what a request may say for an instant: a date, an instant, or a duration back.
///
/// Any thread. A date means the node's days: the process's zone, which main has set to the node's before threads began.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "outbox/ids.h"

namespace web {

/// Which end of a day a bare date means.
enum class DayEnd { begin, end };

/// "2026-01-15", "2026-01-15T08:30[:15[.250]]" with "Z" or "+07:00" (without: the node's zone), or "2h" (two hours
/// before `now`). Nothing for anything else.
std::optional<outbox::Instant> parse_instant(std::string_view text, outbox::Instant now, DayEnd day);

/// "250ms", "90s", "15m", "4h", "30d"; at most 100 years. Nothing for anything else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace web
