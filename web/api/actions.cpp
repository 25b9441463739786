/// Actions: a person's verbs on all jobs of a filter, with the count first.
#include <boost/json/value.hpp>

#include "web/api/routes.h"
#include "web/api/subject.h"
#include "web/filters.h"
#include "web/json/body.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/problem.h"

namespace web::api {
namespace {

struct Action {
    outbox::Verb verb = outbox::Verb::hold;
    outbox::JobFilter filter;
    bool is_dry_run = false;
    std::string note;
};

Parsed<outbox::JobFilter> read_filter(const boost::json::object& body, outbox::Instant now) {
    const boost::json::value* member = body.if_contains("filter");
    if (member == nullptr || !member->is_object()) return Fault{"filter", "must be an object of filters"};
    Terms terms;
    for (const auto& each : member->get_object()) {
        if (!each.value().is_string()) return Fault{std::string(each.key()), "not a text"};
        terms.emplace_back(std::string(each.key()), std::string(each.value().get_string()));
    }
    const auto filter = parse_job_filter(terms, now);
    if (filter && filter->is_empty())
        return Fault{"filter", "empty: acting on all jobs at once is refused; name what you mean"};
    return filter;
}

Parsed<Action> read_action(const std::string& text, outbox::Instant now) {
    const auto body = json::parse_body(text);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"action", "filter", "dry_run", "note"})) return *fault;
    const auto word = json::text_member(*body, "action");
    if (!word) return word.fault();
    const auto verb = outbox::parse_person_verb(*word);
    if (!verb) return Fault{"action", "use hold, release, retry, cancel, resend or adopt"};
    const auto filter = read_filter(*body, now);
    if (!filter) return filter.fault();
    const auto is_dry_run = json::bool_member(*body, "dry_run");
    if (!is_dry_run) return is_dry_run.fault();
    const auto note = json::text_member(*body, "note");
    if (!note) return note.fault();
    return Action{*verb, *filter, *is_dry_run, *note};
}

}  // namespace

Response act_on_jobs(const Request& request, const Deps& deps) {
    const auto action = read_action(request.body, deps.now);
    if (!action) return bad_request(action.fault());
    if (const auto fault = unknown_destination(deps.views(), action->filter.destination)) return bad_request(*fault);
    if (action->is_dry_run) return json::ok({{"count", deps.views().count_jobs(action->filter, action->verb)}});
    const Changed done = deps.act->act(action->verb, action->filter, {request.actor, action->note},
                                       [&](const Changed&) { return !deps.stop.stop_requested(); });
    return json::ok({{"changed", done.changed}, {"seen", done.seen}, {"count", done.changed}});
}

}  // namespace web::api
