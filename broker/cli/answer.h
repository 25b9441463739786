/// Answer: asks the broker and reads its JSON, with every refusal turned into one line for a person.
///
/// Any thread, as far as the Api allows.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "broker/cli/api.h"

namespace broker::cli {

/// Why the broker refused, from its problem document (RFC 9457) or else from the status, and what to do about it.
std::string refusal(const Reply& reply);

/// The JSON of a 2xx answer. `what` begins the error's line ("hold job 12").
/// Throws cli::Error: as `require_done`; failed: the broker could not be asked, or answered something that isn't JSON.
boost::json::value ask(Api& api, const Call& call, std::string_view what);

/// Throws cli::Error unless the answer is a 2xx: usage for a 400, else failed.
void require_done(const Reply& reply, std::string_view what);

/// The value at a dotted path (`instance.modality`) as text; empty where there is none or it is null. A list answers
/// its length.
std::string text_at(const boost::json::value& value, std::string_view path);

}  // namespace broker::cli
