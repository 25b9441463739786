/// RuleParts: what the files of the rules share. Internal to this folder.
///
/// Pure; any thread.
#pragma once

#include <fmt/format.h>

#include "broker/alarm/rules.h"

namespace broker::alarm {

/// What one rule looks at, and where it puts what it raises.
struct Judgement {
    const Facts& facts;
    const config::Alarm& settings;
    outbox::Instant now;
    std::vector<Raised>& raised;
};

bool is_paused(const outbox::DestinationView& view, outbox::Instant now);

// rules_destinations.cpp
/// Those that are failing with so many others that it is rather the way to them: one alarm. Their names.
std::vector<std::string> judge_uplinks(const Judgement& judgement);
void judge_destination(const Judgement& judgement, const outbox::DestinationView& view, bool is_uplinks);

}  // namespace broker::alarm
