/// Csv: one line of RFC 4180 text that a spreadsheet shows and never runs.
///
/// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace web {

/// The cells quoted where needed, CRLF at the end. A cell that a spreadsheet would take for a formula (it begins with
/// = + - @, a tab or a carriage return) gets an apostrophe in front.
std::string csv_line(const std::vector<std::string_view>& cells);

}  // namespace web
