/// Subject: which job a path names, and whether a destination that a filter names was ever known.
///
/// Any thread, as far as the views allow.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "outbox/ids.h"
#include "outbox/views.h"
#include "web/parsed.h"

namespace web::api {

/// A job's number as a path has it; nothing for anything but digits.
std::optional<outbox::JobId> parse_job_id(std::string_view text);

/// The fault of a filter whose destination never was in a configuration; those that left it are known for ever. A
/// filter that silently finds nothing would look as if all were well.
std::optional<Fault> unknown_destination(const outbox::Views& views, const std::optional<std::string>& name);

}  // namespace web::api
