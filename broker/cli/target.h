/// Target: the path and query of a call, spelled so that no value can change its meaning.
///
/// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace broker::cli {

/// Filters and other parameters: name and value.
using Terms = std::vector<std::pair<std::string, std::string>>;

/// `text` as one segment of a path or one value of a query (RFC 3986: all but unreserved characters as %XX).
std::string encoded(std::string_view text);

/// `path?name=value&…`; the path alone when there are no terms. The path is taken as it is.
std::string target(std::string path, const Terms& terms);

}  // namespace broker::cli
