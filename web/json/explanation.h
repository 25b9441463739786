/// Explanation: what routes say of an instance, and what a change of them means, as the API shows it.
///
/// Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>

#include "outbox/views.h"
#include "web/explain.h"

namespace web::json {

boost::json::object explanation(const Explanation& explained);

/// What was recorded when the instance came.
boost::json::object receipt(const outbox::ReceiptView& view);

boost::json::object routes_diff(const RoutesDiff& diff);

}  // namespace web::json
