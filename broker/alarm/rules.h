/// Rules: which alarms the facts raise, as one table of rules.
///
/// Pure; any thread. Texts hold nothing of a patient and nothing that moves with the clock alone, so that an alarm
/// whose cause has not changed stays as it is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/alarm/facts.h"
#include "broker/config/config.h"

namespace broker::alarm {

/// As outbox::Alarm. Where `since` is not known it counts from when it was first seen.
struct Raised {
    std::string name, subject;
    std::optional<outbox::Instant> since;
    std::int64_t count = 1;
    std::string text, hint;
};

/// What is raised now, by the rules' order and their subjects'. README.md says when each is.
std::vector<Raised> judge(const Facts& facts, const config::Alarm& settings, outbox::Instant now);

/// An unnamed sender is missed only where it came on so many days, and only for so long: a machine that was taken away
/// must not alarm for ever.
inline constexpr std::int64_t regular_days_min = 3;
inline constexpr std::chrono::hours regular_missed_for{14 * 24};
/// What a server told longer ago says nothing about our clock now.
inline constexpr std::chrono::hours clock_readings_for{24};

}  // namespace broker::alarm
