/// Dispatch: runs a matched route's handler and makes its failures and repetitions proper answers.
#include "web/dispatch.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "web/error.h"
#include "web/etag.h"
#include "web/problem.h"

namespace web {
namespace {

/// The pattern is logged, never the target: a query may hold a patient's number.
Response failed(const Route& route, unsigned status, const char* why) {
    spdlog::log(status == 503 ? spdlog::level::warn : spdlog::level::err,
                "event=http_failed method={} route={} status={} error=\"{}\"", route.method, route.pattern, status,
                why);
    return status == 503 ? problem(503, why) : problem(500, "the question failed; the bridge's log says why");
}

Response run(const Route& route, const Request& request, const Deps& deps) {
    try {
        return route.handler(request, deps);
    } catch (const outbox::Error& error) {
        return failed(route, error.code() == outbox::Errc::no_space ? 503 : 500, error.what());
    } catch (const Error& error) {
        return failed(route, error.code() == Errc::unavailable ? 503 : 500, error.what());
    } catch (const std::exception& error) {
        return failed(route, 500, error.what());
    }
}

}  // namespace

Response dispatch(const Route& route, const Request& request, const Deps& deps) {
    if (route.kind == Kind::act && deps.act == nullptr)
        return problem(409, "the broker is stopped: nothing can be changed; start it and call again",
                       {{"state", "stopped"}});
    Response response = run(route, request, deps);
    if (route.method != "GET" || response.status != 200 || response.stream || response.is_live) return response;
    const std::string tag = etag_of(response.body);
    response.headers.emplace_back("ETag", tag);
    if (is_known(request.header("if-none-match").value_or(""), tag)) {
        response.status = 304;
        response.body.clear();
    }
    return response;
}

}  // namespace web
