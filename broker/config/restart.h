/// Restart: the one table of the settings that a running broker cannot take; all others follow a reload.
///
/// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/config/changes.h"

namespace broker::config {

/// Whether a change of this setting needs a restart: "node", "data_dir"; "dicom", "tls.port".
bool needs_restart(std::string_view section, std::string_view key);

/// Those of the changes, each with its whole key ("dicom.port") and its values.
std::vector<KeyChange> that_need_restart(const std::vector<Change>& changes);

}  // namespace broker::config
