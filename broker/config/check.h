/// Check: what no single key can show: names that are used twice or lead nowhere, settings that contradict each other.
///
/// Internal to this folder.
#pragma once

#include <set>
#include <string>

#include "broker/config/config.h"
#include "broker/config/reading.h"

namespace broker::config {

/// Adds a problem for each relation that does not hold. Keys that stand in the file but could not be read count as
/// present, so that one mistake is one problem. `own_addresses` are this machine's, as literals.
void check(const Config& config, const std::set<std::string>& own_addresses, Reading& reading);

}  // namespace broker::config
