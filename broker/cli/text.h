/// Text: makes what came from the network safe to show on a terminal.
///
/// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace broker::cli {

/// `text` with everything that could move the cursor, change colours, or reorder what is read spelled out (`\n`,
/// `\x1b`,
/// `\u{202e}`), and bytes that are not UTF-8 as `\x..`. One line, whatever came in.
std::string printable(std::string_view text);

/// Nothing in it that a person could read: not more than spaces and line ends.
bool is_blank(std::string_view text);

/// How many columns printable text takes, at one per character.
std::size_t width(std::string_view text);

}  // namespace broker::cli
