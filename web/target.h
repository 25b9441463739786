/// Target: a request's path and query, decoded once (RFC 3986), refused when they are not plainly what they say.
///
/// Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace web {

/// Names and values of a query, decoded, in the order given.
using Terms = std::vector<std::pair<std::string, std::string>>;

struct Target {
    std::vector<std::string> segments;  ///< decoded; "/" has none
    Terms query;
};

/// Takes origin-form only ("/path?query"). Nothing for anything else, a broken %XX, text that is not UTF-8, control
/// characters (also encoded ones), or empty, "." or ".." segments: two readers could understand those differently.
std::optional<Target> parse_target(std::string_view text);

/// True when `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

}  // namespace web
