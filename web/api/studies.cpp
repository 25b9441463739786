/// Studies: the list, one with its series, and what a person has done about all of its jobs.
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
namespace {

/// Which of a study's jobs, and how.
struct OnStudy {
    std::optional<outbox::Reason> reason;  ///< only those with it
    bool is_dry_run = false;
    std::string note;
};

/// `usual`: the reason that is meant where the body names none; nothing: the verb takes none.
Parsed<OnStudy> read_on_study(const std::string& text, std::optional<outbox::Reason> usual) {
    const auto body = json::parse_body(text);
    if (!body) return body.fault();
    const auto fault = usual ? json::unknown_member(*body, {"reason", "dry_run", "note"})
                             : json::unknown_member(*body, {"dry_run", "note"});
    if (fault) return *fault;
    OnStudy asked{usual, false, ""};
    if (body->contains("reason")) {
        const auto code = json::text_member(*body, "reason");
        if (!code) return code.fault();
        const auto filter = parse_job_filter({{"reason", *code}}, {});
        if (!filter) return filter.fault();
        asked.reason = filter->reason;
    }
    const auto is_dry_run = json::bool_member(*body, "dry_run");
    if (!is_dry_run) return is_dry_run.fault();
    const auto note = json::text_member(*body, "note");
    if (!note) return note.fault();
    asked.is_dry_run = *is_dry_run;
    asked.note = *note;
    return asked;
}

Response act_on_study(const Request& request, const Deps& deps, outbox::Verb verb,
                      std::optional<outbox::Reason> usual) {
    const auto asked = read_on_study(request.body, usual);
    if (!asked) return bad_request(asked.fault());
    if (!deps.views().study(request.at("uid"))) return problem(404, "there is no study of that UID here");
    outbox::JobFilter filter;
    filter.study_instance_uid = request.at("uid");
    filter.reason = asked->reason;
    if (asked->is_dry_run) return json::ok({{"count", deps.views().count_jobs(filter, verb)}});
    const Changed done = deps.act->act(verb, filter, {request.actor, asked->note},
                                       [&](const Changed&) { return !deps.stop.stop_requested(); });
    return json::ok({{"asked_at", json::text_of(deps.now)},
                     {"changed", done.changed},
                     {"seen", done.seen},
                     {"count", done.changed}});
}

}  // namespace

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
    return act_on_study(request, deps, outbox::Verb::ask, {});
}

Response recheck_study(const Request& request, const Deps& deps) {
    return act_on_study(request, deps, outbox::Verb::recheck, {});
}

Response adopt_study(const Request& request, const Deps& deps) {
    return act_on_study(request, deps, outbox::Verb::adopt, outbox::Reason::conflict);
}

}  // namespace web::api
