/// History: rows of the history as the API and the CSV export show them.
///
/// Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "outbox/views.h"

namespace web::json {

/// `detail` is the row's JSON object, or its text where it isn't one.
boost::json::object history_row(const outbox::HistoryRow& row);

boost::json::object verification(const outbox::Verification& found);

}  // namespace web::json
