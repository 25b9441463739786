/// Unavailable: the settings whose feature this version lacks.
///
/// Internal to this folder. They are read and checked like all others, and then refused, since a bridge that silently
/// ignored them would do something else than its operator reads in the file.
#pragma once

#include "broker/config/config.h"
#include "broker/config/reading.h"

namespace broker::config {

/// Adds a problem for each setting in use that this version refuses, and a notice for each that has no effect in it.
void check_available(const Config& config, Reading& reading);

}  // namespace broker::config
