/// Metrics: how everything stands, in numbers, for Prometheus. Nothing of a patient is in them.
#include <algorithm>

#include "web/api/routes.h"
#include "web/exposition.h"
#include "web/filters.h"
#include "web/problem.h"
#include "web/timings.h"

namespace web::api {

namespace {

using outbox::DestinationView;

double seconds_of(outbox::Instant at) {
    return std::chrono::duration<double>(at.time_since_epoch()).count();
}

void show_node(Exposition& shown, const Deps& deps) {
    const Node node = deps.broker.node();
    const Receive receive = deps.broker.receive();
    shown.gauge("info", "Which program this is; always 1.");
    shown.add(std::int64_t{1}, {{"node", node.name}, {"version", node.version}});
    if (node.started_at) {
        shown.gauge("started_at_seconds", "When the process began, as a Unix time.");
        shown.add(seconds_of(*node.started_at));
    }
    shown.gauge("accepting", "1 while instances are taken in.");
    shown.add(std::int64_t{receive.is_accepting});
    shown.gauge("associations_open", "Associations that scanners have open.");
    shown.add(receive.associations_open);
}

void show_received(Exposition& shown, const outbox::StatusView& status, const Deps& deps) {
    shown.counter("instances_received_total", "Instances of which custody was taken, each version once.");
    shown.add(status.instances);
    shown.counter("receipts_total", "Receipts: repeats of an instance included.");
    shown.add(status.receipts);
    shown.counter("refused_total", "Instances and associations that were turned away.");
    shown.add(deps.broker.receive().refused.value_or(status.refused));
    shown.gauge("unrouted_instances", "Instances that no route took.");
    shown.add(status.unrouted);
}

/// By state and reason; those of a state that have no reason are what is left of its number.
void show_jobs(Exposition& shown, const outbox::StatusView& status) {
    shown.gauge("jobs", "Jobs by destination, state and reason; the reason is empty where there is none.");
    for (const DestinationView& each : status.destinations) {
        const std::pair<outbox::State, std::int64_t> states[] = {
            {outbox::State::queued, each.jobs.queued},       {outbox::State::sending, each.jobs.sending},
            {outbox::State::uncertain, each.jobs.uncertain}, {outbox::State::delivered, each.jobs.delivered},
            {outbox::State::held, each.jobs.held},           {outbox::State::cancelled, each.jobs.cancelled}};
        for (const auto& [state, jobs] : states) {
            std::int64_t left = jobs;
            for (const outbox::ReasonCount& reason : each.by_reason) {
                if (reason.state != state) continue;
                left -= reason.jobs;
                shown.add(reason.jobs,
                          {{"destination", each.name}, {"state", to_string(state)}, {"reason", code(reason.reason)}});
            }
            shown.add(left, {{"destination", each.name}, {"state", to_string(state)}, {"reason", ""}});
        }
    }
}

void show_destinations(Exposition& shown, const outbox::StatusView& status, const Deps& deps) {
    shown.gauge("delivered", "Jobs that are delivered.");
    for (const DestinationView& each : status.destinations)
        shown.add(each.jobs.delivered, {{"destination", each.name}});
    shown.gauge("delivered_with_warning", "Of those: with a warning status.");
    for (const DestinationView& each : status.destinations) shown.add(each.warnings, {{"destination", each.name}});
    shown.gauge("oldest_undelivered_seconds", "Age of the oldest queued job that doesn't wait by design; 0: none.");
    for (const DestinationView& each : status.destinations) {
        const auto age = each.oldest_queued_at ? deps.now - *each.oldest_queued_at : std::chrono::milliseconds(0);
        shown.add(std::max(0.0, std::chrono::duration<double>(age).count()), {{"destination", each.name}});
    }
    shown.gauge("paused", "1 while a person has the destination paused.");
    for (const DestinationView& each : status.destinations) {
        const bool is_paused = each.paused_at && (!each.paused_until || *each.paused_until > deps.now);
        shown.add(std::int64_t{is_paused}, {{"destination", each.name}});
    }
    shown.gauge("breaker", "1 for the state that the destination's breaker is in.");
    for (const DestinationView& each : status.destinations) {
        const auto lane = deps.broker.lane(each);
        if (!lane) continue;
        for (const auto& [state, word] : {std::pair{Breaker::closed, "closed"}, std::pair{Breaker::open, "open"},
                                          std::pair{Breaker::half_open, "half_open"}})
            shown.add(std::int64_t{lane->breaker == state}, {{"destination", each.name}, {"state", word}});
    }
}

void show_disk(Exposition& shown, const outbox::StatusView& status, const Deps& deps) {
    const Space space = deps.broker.space();
    shown.gauge("kept_bytes", "Bytes of kept instances, by why they are kept.");
    shown.add(status.kept.unrouted, {{"reason", "unrouted"}});
    shown.add(status.kept.unfinished, {{"reason", "unfinished"}});
    shown.add(status.kept.retained, {{"reason", "retained"}});
    shown.gauge("disk_free_bytes", "Of the spool's file system.");
    shown.add(space.free_bytes);
    shown.gauge("disk_total_bytes", "Of the spool's file system.");
    shown.add(space.total_bytes);
    if (space.full_at) {
        shown.gauge("disk_full_at_seconds", "When the disk is full at the present rate, as a Unix time.");
        shown.add(seconds_of(*space.full_at));
    }
}

void show_warnings(Exposition& shown, const outbox::StatusView& status, const Deps& deps) {
    shown.gauge("alarms", "1 for each alarm that is raised.");
    for (const outbox::AlarmView& each : status.alarms)
        shown.add(std::int64_t{1}, {{"name", each.alarm.name}, {"subject", each.alarm.subject}});
    shown.gauge("certificate_days_left", "Whole days until a certificate of this node expires.");
    for (const Certificate& each : deps.broker.certificates())
        shown.add(std::chrono::floor<std::chrono::days>(each.not_after - deps.now).count(), {{"where", each.where}});
}

void show_previews(Exposition& shown, const PreviewCounts& previews) {
    const auto add = [&](std::uint64_t n, std::string_view result) {
        shown.add(static_cast<std::int64_t>(n), {{"result", result}});
    };
    shown.counter("previews_total", "What came of pictures since the start.");
    add(previews.made, "made");
    add(previews.from_cache, "from_cache");
    add(previews.failed, "failed");
    add(previews.without_picture, "without_picture");
    add(previews.dropped, "dropped");
    shown.gauge("previews_waiting", "Pictures that wait to be made.");
    shown.add(static_cast<std::int64_t>(previews.waiting));
    shown.gauge("preview_cache_bytes", "Bytes of pictures that are kept.");
    shown.add(static_cast<std::int64_t>(previews.cache_bytes));
    shown.histogram("preview_seconds", "From the receipt of an instance until its picture was ready.");
    shown.add(previews.latency);
}

void show_measured(Exposition& shown, const Deps& deps) {
    const Measured measured = deps.broker.measured();
    shown.gauge("commits_waiting", "Pieces that wait for the next commit.");
    shown.add(static_cast<std::int64_t>(measured.commits_waiting));
    shown.histogram("commit_seconds", "One commit of the database with all that waited for it.");
    shown.add(measured.commits);
    shown.histogram("store_seconds", "From the last PDV of a C-STORE until its answer was sent.");
    shown.add(measured.stores);
    shown.histogram("delivery_seconds", "From the claim of a job until its delivery was in the books.");
    for (const auto& [destination, took] : measured.deliveries) shown.add(took, {{"destination", destination}});
    show_previews(shown, measured.previews);
    if (deps.timings == nullptr) return;
    shown.histogram("http_request_seconds", "From a whole request until its answer was ready, by route.");
    for (const Timings::Timing& each : deps.timings->read())
        shown.add(each.took, {{"method", each.method}, {"route", each.pattern}});
}

}  // namespace

Response metrics(const Request& request, const Deps& deps) {
    if (const auto fault = unknown_term(request.target.query, {})) return bad_request(*fault);
    const outbox::StatusView status = deps.views().status();
    Exposition shown;
    show_node(shown, deps);
    show_received(shown, status, deps);
    show_jobs(shown, status);
    show_destinations(shown, status, deps);
    show_disk(shown, status, deps);
    show_warnings(shown, status, deps);
    show_measured(shown, deps);
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = shown.text();
    return response;
}

}  // namespace web::api
