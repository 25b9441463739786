/// EditWords: a route's edits as a person reads them.
///
/// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/route/edit.h"

namespace broker::route {

/// `prefix PatientID with "RSX-"`. Texts stand in it as they are written, quotes in them doubled.
std::string words_of(const Edit& edit);

/// One line for each edit of what `print_edits` wrote, in their order; the text itself where it is nothing of ours.
std::vector<std::string> lines_of_edits(std::string_view edits);

}  // namespace broker::route
