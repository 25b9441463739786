/// Lanes: stopping a destination on purpose, letting it go on, and asking whether it answers.
#include <boost/json/object.hpp>

#include "web/api/routes.h"
#include "web/api/shown.h"
#include "web/ascii.h"
#include "web/json/body.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/problem.h"
#include "web/times.h"

namespace web::api {
namespace {

struct Pause {
    std::string reason;
    std::optional<outbox::Instant> until;
};

Parsed<std::optional<outbox::Instant>> read_end(const boost::json::object& body, outbox::Instant now) {
    const auto length = json::text_member(body, "for");
    const auto until = json::text_member(body, "until");
    if (!length) return length.fault();
    if (!until) return until.fault();
    if (!length->empty() && !until->empty()) return Fault{"until", "give `for` or `until`, not both"};
    if (!length->empty()) {
        const auto duration = parse_duration(*length);
        if (!duration || duration->count() == 0) return Fault{"for", "not a duration; use 90s, 15m, 4h or 30d"};
        return std::optional(now + *duration);
    }
    if (until->empty()) return std::optional<outbox::Instant>();
    const auto at = parse_instant(*until, now, DayEnd::end);
    if (!at || *at <= now) return Fault{"until", "not a time to come; use an instant like 2026-01-15T08:30:00Z"};
    return at;
}

Parsed<Pause> read_pause(const Request& request, outbox::Instant now) {
    const auto body = json::parse_body(request.body);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"reason", "for", "until"})) return *fault;
    const auto reason = json::text_member(*body, "reason");
    if (!reason) return reason.fault();
    if (is_blank(*reason)) return Fault{"reason", "say why, for whoever finds it paused"};
    const auto until = read_end(*body, now);
    if (!until) return until.fault();
    return Pause{*reason, *until};
}

/// Of a call whose body holds nothing but an optional note.
Parsed<std::string> read_note(const Request& request) {
    const auto body = json::parse_body(request.body);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"note"})) return *fault;
    return json::text_member(*body, "note");
}

Response no_such() {
    return problem(404, "there is no destination of that name");
}

Response shown(const Request& request, const Deps& deps) {
    const auto view = deps.views().destination(request.at("name"));
    return view ? api::shown(*view, deps) : no_such();
}

}  // namespace

Response pause(const Request& request, const Deps& deps) {
    const auto asked = read_pause(request, deps.now);
    if (!asked) return bad_request(asked.fault());
    const bool is_known = deps.act->pause(request.at("name"), asked->reason, asked->until, {request.actor, ""});
    return is_known ? shown(request, deps) : no_such();
}

Response resume(const Request& request, const Deps& deps) {
    const auto note = read_note(request);
    if (!note) return bad_request(note.fault());
    return deps.act->resume(request.at("name"), {request.actor, *note}) ? shown(request, deps) : no_such();
}

Response echo(const Request& request, const Deps& deps) {
    const auto note = read_note(request);
    if (!note) return bad_request(note.fault());
    const auto echoed = deps.act->echo(request.at("name"), {request.actor, *note});
    if (!echoed) return no_such();
    if (echoed->is_under_way)
        return problem(409, "somebody is asking this destination already: wait for that echo, then ask again",
                       {{"state", "under_way"}});
    return json::ok({{"ok", echoed->ok}, {"text", echoed->text}, {"milliseconds", echoed->took.count()}});
}

}  // namespace web::api
