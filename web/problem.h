/// Problem: an error as a client reads it (RFC 9457, application/problem+json).
///
/// Pure functions; any thread. `detail` is for a person: what, why, what to do; never patient data.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web/exchange.h"
#include "web/parsed.h"

namespace web {

/// Members beside the standard's: {"state", "delivered"}, {"parameter", "limit"}.
using Extensions = std::vector<std::pair<std::string, std::string>>;

Response problem(unsigned status, std::string_view detail, const Extensions& extensions = {});

/// The same with members that are no texts.
Response problem_with(unsigned status, std::string_view detail, boost::json::object members);

/// 400, naming the parameter.
Response bad_request(const Fault& fault);

/// "Not Found" for 404 (RFC 9110, 15).
std::string_view title_of(unsigned status);

}  // namespace web
