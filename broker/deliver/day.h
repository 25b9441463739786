/// Day: what the clock on the node's wall says about the parts of a day that a destination's settings name.
///
/// Pure functions of the instant and the process's zone, which main has set to the node's before threads began; any
/// thread. A part of the day is inside while the wall shows a time in it: where the clock is put forward over it, it
/// doesn't come that day, and where it is put back into it, it comes twice.
#pragma once

#include <optional>
#include <span>

#include "broker/config/destination.h"
#include "outbox/ids.h"

namespace broker::deliver {

/// True inside any of the windows; without windows always.
bool is_open(std::span<const config::DayWindow> windows, outbox::Instant at);

/// `at` itself where that is open, else the first instant after it that is.
outbox::Instant opens_at(std::span<const config::DayWindow> windows, outbox::Instant at);

/// The first instant after `at` that is closed; `at` itself where that is. Nothing: none within a week.
std::optional<outbox::Instant> closes_at(std::span<const config::DayWindow> windows, outbox::Instant at);

/// What the first entry whose part of the day it is allows, else the entry for the rest of the day. Nothing: no limit.
std::optional<config::Rate> rate_at(std::span<const config::Bandwidth> bandwidth, outbox::Instant at);

/// The first instant after `at` with another rate. Nothing: none within a week.
std::optional<outbox::Instant> rate_changes_at(std::span<const config::Bandwidth> bandwidth, outbox::Instant at);

}  // namespace broker::deliver
