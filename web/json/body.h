/// Body: a request's JSON, read strictly: shallow, UTF-8, no member twice.
///
/// Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "web/parsed.h"

namespace web::json {

/// An object of at most `json_depth_max` levels whose objects name no member twice (two readers would take different
/// ones). An empty body is an empty object. The caller caps the bytes.
Parsed<boost::json::object> parse_body(std::string_view text);

}  // namespace web::json
