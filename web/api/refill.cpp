/// Refill: jobs made by hand: what a destination is missing, what another one shall get instead, one study.
#include <algorithm>

#include "web/api/long_work.h"
#include "web/api/routes.h"
#include "web/api/subject.h"
#include "web/filters.h"
#include "web/json/body.h"
#include "web/json/members.h"
#include "web/json/status.h"
#include "web/problem.h"

namespace web::api {
namespace {

using boost::json::object;

/// What all of these calls may hold besides their own.
struct Common {
    bool is_dry_run = false, is_watched = false;
    std::string note;
};

Parsed<Common> read_common(const object& body) {
    const auto is_dry_run = json::bool_member(body, "dry_run");
    if (!is_dry_run) return is_dry_run.fault();
    const auto is_watched = json::bool_member(body, "progress");
    if (!is_watched) return is_watched.fault();
    const auto note = json::text_member(body, "note");
    if (!note) return note.fault();
    return Common{*is_dry_run, *is_watched, *note};
}

object counted(const Added& done) {
    return {{"count", done.added},
            {"added", done.added},
            {"seen", done.seen},
            {"not_routed", done.not_routed},
            {"came_from_there", done.came_from_there},
            {"older_version", done.older_version},
            {"unreadable", done.unreadable},
            {"whole", done.is_whole}};
}

/// Refuses a destination to which nothing can be added; nothing: it is a configured one.
std::optional<Response> not_configured(const std::string& name, const Deps& deps) {
    const auto view = deps.views().destination(name);
    if (!view) return problem(404, "there is no destination of that name");
    if (view->is_configured) return std::nullopt;
    return problem(409, name + " is not in the configuration any more; put it back first", {{"state", "removed"}});
}

object shown(const std::string& name, const Deps& deps) {
    const auto view = deps.views().destination(name);
    return view ? json::destination(*view, deps.broker.lane(*view), deps.now) : object();
}

struct Backfill {
    Common common;
    Addition addition;
};

Parsed<Backfill> read_backfill(const Request& request, outbox::Instant now) {
    const auto body = json::parse_body(request.body);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"since", "all", "dry_run", "progress", "note"})) return *fault;
    const auto common = read_common(*body);
    if (!common) return common.fault();
    const auto is_all = json::bool_member(*body, "all");
    if (!is_all) return is_all.fault();
    const auto since = since_member(*body, now);
    if (!since) return since.fault();
    Backfill asked{*common, {}};
    asked.addition.destination = request.at("name");
    asked.addition.is_all = *is_all;
    asked.addition.is_dry_run = common->is_dry_run;
    asked.addition.event = "backfill";
    asked.addition.since = *since;
    return asked;
}

struct Move {
    Common common;
    Transfer transfer;
};

Parsed<Move> read_move(const Request& request, const Deps& deps) {
    const auto body = json::parse_body(request.body);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"to", "uncertain", "filter", "dry_run", "progress", "note"}))
        return *fault;
    const auto common = read_common(*body);
    if (!common) return common.fault();
    const auto has_uncertain = json::bool_member(*body, "uncertain");
    if (!has_uncertain) return has_uncertain.fault();
    const auto to = json::text_member(*body, "to");
    if (!to) return to.fault();
    if (to->empty()) return Fault{"to", "name the destination that takes over"};
    if (*to == request.at("name")) return Fault{"to", "is the destination itself; name another one"};
    const auto target = deps.views().destination(*to);
    if (!target) return Fault{"to", unknown_destination(deps.views(), *to)->text};
    if (!target->is_configured) return Fault{"to", "is not in the configuration any more; name one that is"};
    const auto filter = body->contains("filter") ? filter_member(*body, deps.now) : outbox::JobFilter{};
    if (!filter) return filter.fault();
    if (filter->destination) return Fault{"filter", "the path names the destination already"};
    Move asked{*common, {*filter, *to, *has_uncertain}};
    asked.transfer.filter.destination = request.at("name");
    return asked;
}

std::int64_t count_in(outbox::State state, outbox::JobFilter filter, const Deps& deps) {
    if (filter.state && *filter.state != state) return 0;
    filter.state = state;
    return deps.views().count_jobs(filter);
}

/// How many there are to move, by what a person must know of them first.
object movable(const Transfer& transfer, const Deps& deps) {
    using outbox::State;
    const auto queued = count_in(State::queued, transfer.filter, deps);
    const auto held = count_in(State::held, transfer.filter, deps);
    const auto uncertain = count_in(State::uncertain, transfer.filter, deps);
    return {{"count", queued + held + uncertain},
            {"queued", queued},
            {"held", held},
            {"uncertain", uncertain},
            {"sending", count_in(State::sending, transfer.filter, deps)}};
}

struct Send {
    Common common;
    Addition addition;
};

Parsed<Send> read_send(const Request& request, const Deps& deps) {
    const auto body = json::parse_body(request.body);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"destination", "dry_run", "progress", "note"})) return *fault;
    const auto common = read_common(*body);
    if (!common) return common.fault();
    const auto destination = json::text_member(*body, "destination");
    if (!destination) return destination.fault();
    if (destination->empty()) return Fault{"destination", "name the one to send to"};
    if (const auto fault = unknown_destination(deps.views(), *destination)) return *fault;
    Addition addition;
    addition.destination = *destination;
    addition.study_instance_uid = request.at("uid");
    addition.is_all = true;
    addition.priority = outbox::Priority::normal;
    addition.is_dry_run = common->is_dry_run;
    return Send{*common, addition};
}

object jobs_of(const outbox::StudyView& study, const std::string& destination) {
    const auto there = std::ranges::find(study.deliveries, destination, &outbox::StudyDelivery::destination);
    const outbox::JobCounts jobs = there == study.deliveries.end() ? outbox::JobCounts() : there->jobs;
    return {{"queued", jobs.queued},       {"sending", jobs.sending}, {"uncertain", jobs.uncertain},
            {"delivered", jobs.delivered}, {"held", jobs.held},       {"cancelled", jobs.cancelled}};
}

}  // namespace

Response backfill(const Request& request, const Deps& deps) {
    const auto asked = read_backfill(request, deps.now);
    if (!asked) return bad_request(asked.fault());
    if (auto refusal = not_configured(request.at("name"), deps)) return *refusal;
    const outbox::Actor actor{request.actor, asked->common.note};
    return long_work(asked->common.is_watched, deps, [&deps, actor, asked = asked->addition](const Act::Watch& watch) {
        object result = counted(deps.act->add(asked, actor, watch));
        result["destination"] = shown(asked.destination, deps);
        return result;
    });
}

Response move(const Request& request, const Deps& deps) {
    if (!deps.views().destination(request.at("name"))) return problem(404, "there is no destination of that name");
    const auto asked = read_move(request, deps);
    if (!asked) return bad_request(asked.fault());
    object before = movable(asked->transfer, deps);
    if (asked->common.is_dry_run) return long_work(false, deps, [&](const Act::Watch&) { return before; });
    const std::int64_t total = before.at("count").as_int64();
    const outbox::Actor actor{request.actor, asked->common.note};
    return long_work(asked->common.is_watched, deps,
                     [&deps, actor, total, asked = asked->transfer](const Act::Watch& watch) {
                         const Changed done =
                             deps.act->move(asked, actor, [&](const Changed& now) { return watch(now.seen, total); });
                         object left = movable(asked, deps);
                         return object{{"changed", done.changed},
                                       {"seen", done.seen},
                                       {"count", done.changed},
                                       {"left", std::move(left)},
                                       {"to", shown(asked.to, deps)}};
                     });
}

Response send_study(const Request& request, const Deps& deps) {
    const auto study = deps.views().study(request.at("uid"));
    if (!study) return problem(404, "there is no study of that UID here");
    const auto asked = read_send(request, deps);
    if (!asked) return bad_request(asked.fault());
    if (auto refusal = not_configured(asked->addition.destination, deps)) return *refusal;
    const outbox::Actor actor{request.actor, asked->common.note};
    return long_work(asked->common.is_watched, deps,
                     [&deps, actor, there = jobs_of(*study, asked->addition.destination),
                      asked = asked->addition](const Act::Watch& watch) {
                         object result = counted(deps.act->add(asked, actor, watch));
                         result["there"] = there;
                         result["study_instance_uid"] = *asked.study_instance_uid;
                         result["destination"] = asked.destination;
                         return result;
                     });
}

}  // namespace web::api
