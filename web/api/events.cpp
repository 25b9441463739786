/// Events: a stream of what changes, for pages that want to show it at once.
#include "web/api/routes.h"
#include "web/filters.h"
#include "web/problem.h"

namespace web::api {

Response follow_events(const Request& request, const Deps&) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    Response response;
    response.content_type = "text/event-stream";
    response.is_live = true;
    return response;
}

}  // namespace web::api
