/// Values: how instants, digests and absent things are spelled in the API's JSON.
///
/// Pure functions; any thread.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "outbox/ids.h"

namespace web::json {

/// "2026-01-15T08:30:00.250Z"
std::string text_of(outbox::Instant at);

/// 64 lower-case hex digits, and back (nothing for anything else).
std::string hex_of(const outbox::Digest& digest);
std::optional<outbox::Digest> parse_hex(std::string_view hex);

/// The instant's text, or null.
boost::json::value or_null(const std::optional<outbox::Instant>& at);
/// The text, or null where it is empty: in the views "" means absent.
boost::json::value or_null(std::string_view text);

}  // namespace web::json
