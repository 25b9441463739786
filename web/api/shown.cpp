/// Shown: one destination with what only its own page asks for.
#include "web/api/shown.h"

#include "web/json/respond.h"
#include "web/json/status.h"

namespace web::api {

Response shown(const outbox::DestinationView& view, const Deps& deps) {
    boost::json::object all = json::destination(view, deps.broker.lane(view), deps.now);
    if (const auto webhook = deps.views().webhook(view.id)) all["webhook"] = json::webhook(*webhook);
    return json::ok(std::move(all));
}

}  // namespace web::api
