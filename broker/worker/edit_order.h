/// Edit order: what a plan of edits comes to in bytes, for one data set and its character set.
///
/// Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <variant>

#include "broker/route/edit_plan.h"
#include "broker/worker/rewriting.h"

namespace broker::worker {

/// `terms` are the values of the data set's Specific Character Set. Where there are none, or only ISO 646, and the
/// changes need more, the data set becomes one in UTF-8, as long as all other text in it is ASCII. A failure names the
/// tag and the character set, never a value.
std::variant<Rewriting, route::EditFailure> order_of(const route::Changes& changes, std::span<const std::string> terms);

}  // namespace broker::worker
