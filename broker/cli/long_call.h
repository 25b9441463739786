/// LongCall: a call whose work takes many slices, with a bar on a terminal while it runs.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "broker/cli/invocation.h"

namespace broker::cli {

/// POSTs `body` and returns the result. On a terminal the broker is asked to tell how far it is; interrupted there, the
/// broker ends with the slice in hand. `what` begins the line of an error, `bar` names the work.
/// Throws cli::Error, as `ask`.
boost::json::value ask_watching(Invocation& invocation, const std::string& target, boost::json::object body,
                                const std::string& what, const std::string& bar);

/// The number at the path of an answer. Throws cli::Error, failed: there is none.
std::int64_t number_at(const boost::json::value& answer, std::string_view path);

}  // namespace broker::cli
