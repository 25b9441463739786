/// Condition form: how a route's conditions are written in TOML.
///
/// Internal to this folder.
#pragma once

#include "broker/config/reading.h"
#include "broker/route/condition.h"

namespace broker::config {

/// The condition of one table, all of whose keys must hold. Problems are added to `reading`.
route::Condition read_condition(Reading& reading, const Path& path, const toml::table& table);

/// Reads one key that is no word of joining, and adds its leaf to `branch`; or adds a problem.
void read_condition_leaf(Reading& reading, const Path& path, const toml::key& key, const toml::node& node,
                         route::Branch& branch);

/// The condition as an inline table, which `read_condition` reads back as an equal one.
std::string print_condition(const route::Condition& condition);

}  // namespace broker::config
