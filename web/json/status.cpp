/// Status: how everything stands, from what the database counts and what the running broker knows.
#include "web/json/status.h"

#include <boost/json/array.hpp>
#include <cmath>

#include "web/json/values.h"

namespace web::json {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

std::string_view word(SpoolState state) {
    switch (state) {
        case SpoolState::warn:
            return "warn";
        case SpoolState::refusing:
            return "refusing";
        case SpoolState::ok:
            break;
    }
    return "ok";
}

std::string_view word(Breaker breaker) {
    switch (breaker) {
        case Breaker::open:
            return "open";
        case Breaker::half_open:
            return "half_open";
        case Breaker::closed:
            break;
    }
    return "closed";
}

bool is_paused(const outbox::DestinationView& view, outbox::Instant now) {
    return view.paused_at && (!view.paused_until || *view.paused_until > now);
}

/// What an operator decided goes before what the destination did.
std::string_view state_of(const outbox::DestinationView& view, outbox::Instant now) {
    if (is_paused(view, now)) return "paused";
    if (view.held_at) return "held";
    return view.failing_since ? "failing" : "ok";
}

object counts(const outbox::JobCounts& jobs) {
    return {{"queued", jobs.queued},       {"waiting", jobs.waiting},     {"sending", jobs.sending},
            {"uncertain", jobs.uncertain}, {"delivered", jobs.delivered}, {"held", jobs.held},
            {"cancelled", jobs.cancelled}};
}

array reasons(const std::vector<outbox::ReasonCount>& by_reason) {
    array shown;
    for (const outbox::ReasonCount& each : by_reason)
        shown.emplace_back(object{{"state", to_string(each.state)},
                                  {"reason", code(each.reason)},
                                  {"reason_text", text(each.reason)},
                                  {"jobs", each.jobs}});
    return shown;
}

value paused(const outbox::DestinationView& view, outbox::Instant now) {
    if (!is_paused(view, now)) return nullptr;
    return object{{"at", or_null(view.paused_at)},
                  {"until", or_null(view.paused_until)},
                  {"by", or_null(view.paused_by)},
                  {"reason", or_null(view.paused_reason)}};
}

value held(const outbox::DestinationView& view) {
    if (!view.held_at) return nullptr;
    return object{
        {"at", or_null(view.held_at)}, {"reason", code(view.held_reason)}, {"reason_text", text(view.held_reason)}};
}

/// A tenth of an instance per second is as exact as a rate is.
value rate_of(const std::optional<Lane>& lane) {
    if (!lane || !lane->rate) return nullptr;
    return std::round(*lane->rate * 10) / 10;
}

array growing(const std::vector<Space::Growth>& reasons) {
    array shown;
    for (const Space::Growth& each : reasons)
        shown.emplace_back(object{{"reason", each.reason}, {"bytes_per_day", each.bytes_per_day}});
    return shown;
}

/// Sixty numbers, or none where the destination has no lane.
array recent_of(const std::optional<Lane>& lane) {
    array shown;
    if (lane)
        for (const std::int64_t each : lane->recent) shown.emplace_back(each);
    return shown;
}

}  // namespace

object spool(const outbox::KeptBytes& kept, const Space& space) {
    return {{"bytes", kept.unrouted + kept.unfinished + kept.retained},
            {"free_bytes", space.free_bytes},
            {"total_bytes", space.total_bytes},
            {"state", word(space.state)},
            {"full_at", or_null(space.full_at)},
            {"growing", growing(space.growing)},
            {"by_reason",
             object{{"unrouted", kept.unrouted}, {"unfinished", kept.unfinished}, {"retained", kept.retained}}}};
}

object destination(const outbox::DestinationView& view, const std::optional<Lane>& lane, outbox::Instant now) {
    return {{"name", view.name},
            {"kind", view.kind},
            {"state", state_of(view, now)},
            {"is_configured", view.is_configured},
            {"jobs", counts(view.jobs)},
            {"by_reason", reasons(view.by_reason)},
            {"warnings", view.warnings},
            {"oldest_queued_at", or_null(view.oldest_queued_at)},
            {"last_delivered_at", or_null(view.last_delivered_at)},
            {"last_error", or_null(view.last_error)},
            {"last_error_at", or_null(view.last_error_at)},
            {"failing_since", or_null(view.failing_since)},
            {"failure_count", view.failure_count},
            {"next_try_at", or_null(view.next_try_at)},
            {"paused", paused(view, now)},
            {"held", held(view)},
            {"failover_to", or_null(view.failover_to)},
            {"failover_since", or_null(view.failover_since)},
            {"breaker", lane ? value(word(lane->breaker)) : value(nullptr)},
            {"rate", rate_of(lane)},
            {"recent", recent_of(lane)},
            {"eta", lane ? or_null(lane->eta) : value(nullptr)}};
}

object webhook(const outbox::WebhookView& view) {
    return {{"waiting", view.waiting},
            {"oldest_waiting_at", or_null(view.oldest_waiting_at)},
            {"last_told_at", or_null(view.last_told_at)},
            {"last_error", or_null(view.last_error)}};
}

/// Whole days; negative once it has expired.
object certificate(const Certificate& own, outbox::Instant now) {
    return {{"where", own.where},
            {"subject", own.subject},
            {"not_after", text_of(own.not_after)},
            {"days_left", std::chrono::floor<std::chrono::days>(own.not_after - now).count()}};
}

object sender(const outbox::SenderView& view, const std::string& name) {
    return {{"calling_ae_title", view.calling_ae_title},
            {"address", view.address},
            {"name", or_null(name)},
            {"is_new", name.empty()},
            {"first_seen_at", text_of(view.first_seen_at)},
            {"last_seen_at", text_of(view.last_seen_at)},
            {"last_received_at", or_null(view.last_received_at)},
            {"receipts", view.receipts},
            {"refused", view.refused},
            {"refused_reason", or_null(view.refused_reason)}};
}

array alarms(const std::vector<outbox::AlarmView>& raised) {
    array shown;
    for (const outbox::AlarmView& each : raised)
        shown.emplace_back(object{{"name", each.alarm.name},
                                  {"subject", each.alarm.subject},
                                  {"since", text_of(each.alarm.since)},
                                  {"count", each.alarm.count},
                                  {"text", each.alarm.text},
                                  {"hint", each.alarm.hint}});
    return shown;
}

object status(const outbox::StatusView& view, const BrokerState& broker, outbox::Instant now) {
    const Node node = broker.node();
    const Receive receive = broker.receive();
    array destinations, senders, certificates;
    for (const Certificate& each : broker.certificates()) certificates.emplace_back(certificate(each, now));
    for (const outbox::DestinationView& each : view.destinations)
        destinations.emplace_back(destination(each, broker.lane(each), now));
    for (const outbox::SenderView& each : view.senders) senders.emplace_back(sender(each, broker.sender_name(each)));
    return {{"node", node.name},
            {"version", node.version},
            {"started_at", or_null(node.started_at)},
            {"accepting", object{{"ok", receive.is_accepting},
                                 {"since", or_null(receive.since)},
                                 {"why", or_null(receive.why)},
                                 {"refused", receive.refused.value_or(view.refused)},
                                 {"associations", receive.associations_open}}},
            {"spool", spool(view.kept, broker.space())},
            {"received", object{{"instances", view.instances},
                                {"receipts", view.receipts},
                                {"last_at", or_null(view.last_received_at)}}},
            {"destinations", std::move(destinations)},
            {"unrouted", view.unrouted},
            {"senders", std::move(senders)},
            {"alarms", alarms(view.alarms)},
            {"certificates", std::move(certificates)}};
}

object heartbeat(const outbox::StatusView& view, const BrokerState& broker, outbox::Instant now) {
    outbox::StatusView told = view;
    for (outbox::DestinationView& each : told.destinations) each.paused_reason.clear();
    return status(told, broker, now);
}

}  // namespace web::json
