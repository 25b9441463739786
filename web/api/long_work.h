/// LongWork: work of many slices, whose caller may watch how far it is.
///
/// A caller that asks for it ("progress": true) gets lines of JSON (application/jsonl): `{"done":…,"total":…}` after
/// each slice, and as the last `{"result":…}`, or `{"problem":…}` where it failed on the way. Should they go away, the
/// work ends with the slice in hand. Everybody else gets the result alone, when all is done.
#pragma once

#include <boost/json/object.hpp>
#include <functional>

#include "web/deps.h"
#include "web/exchange.h"

namespace web::api {

/// Returns the result; told by `watch` when to stop.
using LongWork = std::function<boost::json::object(const Act::Watch& watch)>;

Response long_work(bool is_watched, const Deps& deps, LongWork work);

}  // namespace web::api
