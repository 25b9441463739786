/// Edit form: how a route's edits are written in TOML.
///
/// Internal to this folder.
#pragma once

#include <string>

#include "broker/config/reading.h"

namespace broker::config {

/// The edits of a list as routes keep them (route::print_edits). Problems are added to `reading`: what no instance
/// could come through, and tables that cannot be read or are none.
std::string read_edits(Reading& reading, const Path& path, const toml::node& node);

/// The list, which `read_edits` reads back as the same text.
std::string print_edit_list(const std::string& edits);

}  // namespace broker::config
