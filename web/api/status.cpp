/// Status: how everything stands, and what the node is called.
#include "web/json/status.h"

#include <boost/json/array.hpp>

#include "web/api/routes.h"
#include "web/filters.h"
#include "web/json/respond.h"
#include "web/json/values.h"
#include "web/problem.h"

namespace web::api {

Response status(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    return json::ok(json::status(deps.views().status(), deps.broker, deps.now));
}

Response node(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    const Node node = deps.broker.node();
    return json::ok({{"name", node.name},
                     {"version", node.version},
                     {"timezone", node.timezone},
                     {"started_at", json::or_null(node.started_at)},
                     {"access", deps.access == Access::open ? "open" : "users"},
                     {"actor", request.actor},
                     {"role", to_string(request.role)},
                     {"user", json::or_null(request.user ? request.user->name : "")},
                     {"can_act", deps.act != nullptr}});
}

Response spool(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    return json::ok(json::spool(deps.views().status().kept, deps.broker.space()));
}

Response senders(const Request& request, const Deps& deps) {
    const auto page = parse_page(request.target.query, deps.limits, "senders");
    if (!page) return bad_request(page.fault());
    boost::json::array items;
    for (const outbox::SenderView& each : deps.views().status().senders)
        items.emplace_back(json::sender(each, deps.broker.sender_name(each)));
    return json::list(std::move(items), std::nullopt);
}

Response alarms(const Request& request, const Deps& deps) {
    const auto page = parse_page(request.target.query, deps.limits, "alarms");
    if (!page) return bad_request(page.fault());
    return json::list(json::alarms(deps.views().alarms()), std::nullopt);
}

}  // namespace web::api
