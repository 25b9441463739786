/// Destinations: where jobs go, and how each of them stands.
#include <boost/json/array.hpp>

#include "web/api/routes.h"
#include "web/api/shown.h"
#include "web/filters.h"
#include "web/json/respond.h"
#include "web/json/status.h"
#include "web/problem.h"

namespace web::api {

Response destinations(const Request& request, const Deps& deps) {
    // There are few of them, so a page is always all; `limit` is taken because every list takes it.
    const auto page = parse_page(request.target.query, deps.limits, "destinations");
    if (!page) return bad_request(page.fault());
    boost::json::array items;
    for (const outbox::DestinationView& each : deps.views().status().destinations)
        items.emplace_back(json::destination(each, deps.broker.lane(each), deps.now));
    return json::list(std::move(items), std::nullopt);
}

Response destination(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    const auto view = deps.views().destination(request.at("name"));
    if (!view) return problem(404, "there is no destination of that name");
    return shown(*view, deps);
}

}  // namespace web::api
