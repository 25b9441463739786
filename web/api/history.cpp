/// History: who did what and when, newest first, and whether the chain is whole.
#include "web/json/history.h"

#include <boost/json/array.hpp>

#include "web/api/routes.h"
#include "web/api/subject.h"
#include "web/error.h"
#include "web/filters.h"
#include "web/json/respond.h"
#include "web/json/values.h"
#include "web/problem.h"

namespace web::api {

Response history(const Request& request, const Deps& deps) {
    const auto asked = parse_history_query(request.target.query, deps.now, deps.limits);
    if (!asked) return bad_request(asked.fault());
    if (const auto fault = unknown_destination(deps.views(), asked->filter.destination)) return bad_request(*fault);
    const outbox::HistoryPage page = deps.views().history(asked->filter, asked->page.before, asked->page.limit);
    boost::json::array items;
    for (const outbox::HistoryRow& each : page.rows) items.emplace_back(json::history_row(each));
    std::optional<std::string> next;
    if (page.next) next = next_cursor(asked->page, *page.next);
    return json::list(std::move(items), next);
}

Response verify_history(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {"anchor"})) return bad_request(*fault);
    std::optional<outbox::Digest> anchor;
    if (!request.target.query.empty()) {
        anchor = json::parse_hex(request.target.query.front().second);
        if (!anchor) return bad_request({"anchor", "not a hash; give the 64 lower-case hex digits of a row's hash"});
    }
    // A stop must not wait for a walk over millions of rows.
    const outbox::Verification found = deps.views().verify_history(anchor, [&](std::int64_t) {
        if (deps.stop.stop_requested()) throw Error(Errc::unavailable, "the broker is stopping");
    });
    return json::ok(json::verification(found));
}

}  // namespace web::api
