/// Studies: the list, one with its series, and asking the destinations whether they have it.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "web/api/routes.h"
#include "web/filters.h"
#include "web/json/body.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/json/study.h"
#include "web/json/values.h"
#include "web/problem.h"

namespace web::api {

Response studies(const Request& request, const Deps& deps) {
    const auto asked = parse_study_query(request.target.query, deps.now, deps.limits);
    if (!asked) return bad_request(asked.fault());
    std::optional<outbox::StudyId> before;
    if (asked->page.before) before = outbox::StudyId{*asked->page.before};
    const outbox::StudyPage page = deps.views().studies(asked->filter, before, asked->page.limit);
    boost::json::array items;
    for (const outbox::StudyView& each : page.studies) items.emplace_back(json::study(each, deps.now));
    std::optional<std::string> next;
    if (page.next) next = next_cursor(asked->page, page.next->value);
    return json::list(std::move(items), next);
}

Response study(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    const auto view = deps.views().study(request.at("uid"));
    return view ? json::ok(json::study_with_series(*view, deps.now))
                : problem(404, "there is no study of that UID here");
}

Response verify_study(const Request& request, const Deps& deps) {
    const auto body = json::parse_body(request.body);
    if (!body) return bad_request(body.fault());
    if (const auto fault = json::unknown_member(*body, {"dry_run", "note"})) return bad_request(*fault);
    const auto is_dry_run = json::bool_member(*body, "dry_run");
    if (!is_dry_run) return bad_request(is_dry_run.fault());
    const auto note = json::text_member(*body, "note");
    if (!note) return bad_request(note.fault());
    if (!deps.views().study(request.at("uid"))) return problem(404, "there is no study of that UID here");
    outbox::JobFilter filter;
    filter.study_instance_uid = request.at("uid");
    if (*is_dry_run) return json::ok({{"count", deps.views().count_jobs(filter, outbox::Verb::ask)}});
    const Changed done = deps.act->act(outbox::Verb::ask, filter, {request.actor, *note},
                                       [&](const Changed&) { return !deps.stop.stop_requested(); });
    return json::ok({{"asked_at", json::text_of(deps.now)},
                     {"changed", done.changed},
                     {"seen", done.seen},
                     {"count", done.changed}});
}

}  // namespace web::api
