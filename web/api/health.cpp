/// Health: whether the process serves, and whether it takes instances; without the database, for everybody.
#include <boost/json/object.hpp>

#include "web/api/routes.h"
#include "web/json/respond.h"
#include "web/problem.h"

namespace web::api {

Response healthz(const Request&, const Deps&) {
    return json::ok({{"ok", true}});
}

Response readyz(const Request&, const Deps& deps) {
    const Receive receive = deps.broker.receive();
    if (receive.is_accepting) return json::ok({{"ok", true}});
    return problem(503, receive.why.empty() ? "no instances are accepted now" : receive.why);
}

}  // namespace web::api
