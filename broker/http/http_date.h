/// HttpDate: the instant that a header field tells.
///
/// A pure function; any thread. Internal to this folder.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace broker::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT", or either of the obsolete forms (RFC 9110 5.6.7). The day of the week is not
/// compared with the date. A year of two digits is the one within 50 years of `now`.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text, std::chrono::sys_seconds now);

}  // namespace broker::http
