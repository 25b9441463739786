/// Print: a Config as TOML with every setting as understood.
#pragma once

#include <string>

#include "broker/config/config.h"

namespace broker::config {

/// Text that `load` reads back as an equal Config. No secret is in it, since a Config holds none; only their file
/// names.
std::string print(const Config& config);

}  // namespace broker::config
