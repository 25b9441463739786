/// Actions: a person's verbs on all jobs of a filter, with the count first.
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>

#include "web/api/routes.h"
#include "web/api/subject.h"
#include "web/filters.h"
#include "web/json/body.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/json/values.h"
#include "web/problem.h"

namespace web::api {
namespace {

struct Action {
    outbox::Verb verb = outbox::Verb::hold;
    outbox::JobFilter filter;
    bool is_dry_run = false;
    std::string note;
    std::string typed;  ///< the filter as it came: of two calls the same, however much later its "2h" is read
};

/// A person's verb, or `verify`: to ask the destinations now, or `recheck`: to look at once for what is waited for.
std::optional<outbox::Verb> verb_of(const std::string& word) {
    if (word == "verify") return outbox::Verb::ask;
    if (word == "recheck") return outbox::Verb::recheck;
    return outbox::parse_person_verb(word);
}

Parsed<Action> read_action(const std::string& text, outbox::Instant now) {
    const auto body = json::parse_body(text);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"action", "filter", "dry_run", "note"})) return *fault;
    const auto word = json::text_member(*body, "action");
    if (!word) return word.fault();
    const auto verb = verb_of(*word);
    if (!verb) return Fault{"action", "use hold, release, retry, cancel, resend, adopt, recheck or verify"};
    const auto filter = filter_member(*body, now);
    if (!filter) return filter.fault();
    if (filter->is_empty()) return Fault{"filter", "empty: acting on all jobs at once is refused; name what you mean"};
    const auto is_dry_run = json::bool_member(*body, "dry_run");
    if (!is_dry_run) return is_dry_run.fault();
    const auto note = json::text_member(*body, "note");
    if (!note) return note.fault();
    return Action{*verb, *filter, *is_dry_run, *note, boost::json::serialize(body->at("filter"))};
}

/// "Retry all", pressed again and again, would only put the jobs' turns off.
std::optional<Response> too_soon(const std::string& filter, const Deps& deps) {
    const auto wait = deps.retried->begin(filter, deps.now);
    if (!wait) return std::nullopt;
    const auto seconds = std::to_string(std::chrono::ceil<std::chrono::seconds>(*wait).count());
    Response refusal = problem(429, "these jobs were retried a moment ago and become due a few at a time; wait " +
                                        seconds + " s before you retry them again");
    refusal.headers.emplace_back("Retry-After", seconds);
    return refusal;
}

}  // namespace

Response act_on_jobs(const Request& request, const Deps& deps) {
    const auto action = read_action(request.body, deps.now);
    if (!action) return bad_request(action.fault());
    if (const auto fault = unknown_destination(deps.views(), action->filter.destination)) return bad_request(*fault);
    if (action->is_dry_run) return json::ok({{"count", deps.views().count_jobs(action->filter, action->verb)}});
    if (action->verb == outbox::Verb::retry) {
        if (auto refusal = too_soon(action->typed, deps)) return *refusal;
    }
    const Changed done = deps.act->act(action->verb, action->filter, {request.actor, action->note},
                                       [&](const Changed&) { return !deps.stop.stop_requested(); });
    return json::ok({{"asked_at", json::text_of(deps.now)},
                     {"changed", done.changed},
                     {"seen", done.seen},
                     {"count", done.changed}});
}

}  // namespace web::api
