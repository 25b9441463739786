/// Subject: which job and which verb a path or a body names.
///
/// Pure functions; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "outbox/ids.h"
#include "outbox/state.h"

namespace web::api {

/// A job's number as a path has it; nothing for anything but digits.
std::optional<outbox::JobId> parse_job_id(std::string_view text);

/// One of the verbs that a person has: hold, release, retry, cancel, resend, adopt.
std::optional<outbox::Verb> parse_act(std::string_view word);

}  // namespace web::api
