/// Jobs: the list, one job with its attempts, and a person's verbs on one job.
#include <boost/json/array.hpp>

#include "web/api/routes.h"
#include "web/api/subject.h"
#include "web/filters.h"
#include "web/json/body.h"
#include "web/json/job.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/problem.h"

namespace web::api {
namespace {

Response no_such_job(const Request& request) {
    return problem(404, "there is no job " + request.at("id"));
}

Response shown(outbox::JobId id, const Request& request, const Deps& deps) {
    const auto view = deps.views().job(id);
    return view ? json::ok(json::job_with_attempts(*view)) : no_such_job(request);
}

/// What besides its state keeps a job from being sent; "" when nothing does.
std::string obstacle(outbox::JobId id, const Deps& deps) {
    const auto view = deps.views().job(id);
    if (!view) return "";
    if (view->instance.blob_state != "kept")
        return " while its bytes are " + view->instance.blob_state + "; have the instance sent to the bridge again";
    const auto destination = deps.views().destination(view->destination);
    if (destination && !destination->is_configured)
        return " while " + view->destination + " is not in the configuration; put it back first";
    return "";
}

/// The verb doesn't apply: says what the job is instead, and what else stands in the way.
Response conflict(outbox::Verb verb, outbox::JobId id, outbox::State state, const Deps& deps) {
    const std::string word(to_string(state));
    const bool would_send = verb == outbox::Verb::resend || verb == outbox::Verb::release;
    return problem(409,
                   "job " + std::to_string(id.value) + " is " + word + ": " + std::string(to_string(verb)) +
                       " does not apply" + (would_send ? obstacle(id, deps) : ""),
                   {{"state", word}});
}

}  // namespace

Response jobs(const Request& request, const Deps& deps) {
    const auto asked = parse_job_query(request.target.query, deps.now, deps.limits);
    if (!asked) return bad_request(asked.fault());
    if (const auto fault = unknown_destination(deps.views(), asked->filter.destination)) return bad_request(*fault);
    std::optional<outbox::JobId> before;
    if (asked->page.before) before = outbox::JobId{*asked->page.before};
    const outbox::JobPage page = deps.views().jobs(asked->filter, before, asked->page.limit);
    boost::json::array items;
    for (const outbox::JobView& each : page.jobs) items.emplace_back(json::job(each));
    std::optional<std::string> next;
    if (page.next) next = next_cursor(asked->page, page.next->value);
    return json::list(std::move(items), next);
}

Response job(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    const auto id = parse_job_id(request.at("id"));
    return id ? shown(*id, request, deps) : no_such_job(request);
}

Response act_on_job(const Request& request, const Deps& deps) {
    const auto verb = outbox::parse_person_verb(request.at("verb"));
    if (!verb) return problem(404, "a job has no " + request.at("verb"));
    const auto body = json::parse_body(request.body);
    if (!body) return bad_request(body.fault());
    if (const auto fault = json::unknown_member(*body, {"note"})) return bad_request(*fault);
    const auto note = json::text_member(*body, "note");
    if (!note) return bad_request(note.fault());
    const auto id = parse_job_id(request.at("id"));
    if (!id) return no_such_job(request);
    const outbox::Applied applied = deps.act->act(*verb, *id, {request.actor, *note});
    if (!applied.state) return no_such_job(request);
    return applied.applied ? shown(*id, request, deps) : conflict(*verb, *id, *applied.state, deps);
}

}  // namespace web::api
