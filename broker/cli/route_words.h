/// RouteWords: an explanation of the API in words for a person.
///
/// Pure but for the stream; any thread. What stands in an instance is made safe for a terminal.
#pragma once

#include <boost/json/value.hpp>
#include <ostream>
#include <string>
#include <string_view>

namespace broker::cli {

enum class Marks { signs, words };  ///< ✓ and ✗ where the terminal can show them; else yes and no

/// `routes` of an explanation: each with the tests that decided.
void show_routes(std::ostream& out, const boost::json::value& explanation, Marks marks);

/// `destinations` of an explanation, or loudly that there is none.
void show_targets(std::ostream& out, const boost::json::value& explanation);

/// A list of texts with commas between them, or `none`.
std::string joined(const boost::json::value& list, std::string_view none);

}  // namespace broker::cli
