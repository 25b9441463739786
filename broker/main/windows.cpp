// The broker behind web's interfaces.
#include "broker/main/windows.h"

#include <algorithm>
#include <cassert>

#include "broker/backfill.h"
#include "broker/certificates.h"
#include "broker/main/told_apart.h"
#include "broker/receive/rules.h"
#include "broker/route/edit.h"
#include "broker/version.h"
#include "web/error.h"

namespace broker {

Knowledge::Knowledge(Broker& broker, const Clock& clock) : broker_(broker), clock_(clock) {}

std::vector<web::Certificate> Knowledge::certificates() const {
    const auto present = broker_.in_force().certificates;
    std::vector<web::Certificate> all;
    for (const Certificate& each : present->own) all.push_back({each.where, each.subject, each.not_after});
    return all;
}

web::Node Knowledge::node() const {
    const auto config = broker_.config();
    const config::Node& node = config->node;
    return {node.name, std::string(version), node.timezone, broker_.started_at()};
}

web::Receive Knowledge::receive() const {
    web::Receive receive;
    const auto look = broker_.space().look();
    receive.associations_open = broker_.statistics().associations_open;
    receive.refused = broker_.refused();
    const auto accepting = broker_.accepting();
    receive.is_accepting = accepting.is_accepting && look.state != receive::SpaceState::refusing;
    receive.since = accepting.since;
    if (receive.is_accepting) return receive;
    if (const auto failure = broker_.failure(); !failure.empty()) {
        receive.why = "the storage failed: " + failure;
    } else if (!accepting.is_accepting) {
        receive.why = "the broker is starting or stopping";
    } else {
        receive.why = "the disk is full: free space is below [spool] refuse_below";
        receive.since = look.refusing_since;
    }
    return receive;
}

web::Space Knowledge::space() const {
    const auto look = broker_.space().look();
    web::Space space;
    space.free_bytes = static_cast<std::int64_t>(look.space.free_bytes);
    space.total_bytes = static_cast<std::int64_t>(look.space.total_bytes);
    space.state = look.state == receive::SpaceState::ok     ? web::SpoolState::ok
                  : look.state == receive::SpaceState::warn ? web::SpoolState::warn
                                                            : web::SpoolState::refusing;
    const auto forecast = broker_.forecast();
    space.full_at = forecast.full_at;
    for (const auto& each : forecast.growing) space.growing.push_back({each.reason, each.bytes_per_day});
    return space;
}

std::optional<web::Lane> Knowledge::lane(const outbox::DestinationView& destination) const {
    const auto state = broker_.lanes().breaker(destination.name);
    if (!state) return std::nullopt;
    web::Lane lane;
    lane.breaker = *state == deliver::Breaker::State::closed ? web::Breaker::closed
                   : *state == deliver::Breaker::State::open ? web::Breaker::open
                                                             : web::Breaker::half_open;
    const auto throughput = broker_.lanes().throughput(destination.name).value_or(deliver::Throughput{});
    lane.rate = throughput.instances_per_second;
    const std::int64_t ahead = destination.jobs.queued - destination.jobs.waiting + destination.jobs.sending;
    const auto left = deliver::time_for(ahead, throughput);
    if (left && ahead > 0) lane.eta = clock_.now() + *left;
    if (const auto recent = broker_.lanes().recent(destination.name))
        lane.recent.assign(recent->begin(), recent->end());
    return lane;
}

web::Measured Knowledge::measured() const {
    web::Measured measured;
    measured.commits_waiting = broker_.committer().waiting();
    measured.commits = broker_.committer().commit_times();
    measured.stores = broker_.statistics().store.read();
    for (const config::Destination& each : broker_.config()->destinations)
        if (auto times = broker_.lanes().delivery_times(each.name))
            measured.deliveries.emplace(each.name, std::move(*times));
    const preview::Statistics previews = broker_.previews().statistics();
    measured.previews = {previews.made,    previews.from_cache, previews.failed,      previews.without_picture,
                         previews.dropped, previews.waiting,    previews.cache_bytes, {}};
    measure::Distribution& latency = measured.previews.latency;
    for (const auto bound : preview::Latency::bounds)
        latency.bounds_s.push_back(std::chrono::duration<double>(bound).count());
    latency.counts.assign(previews.latency.counts.begin(), previews.latency.counts.end());
    latency.sum_s = std::chrono::duration<double>(previews.latency.sum).count();
    return measured;
}

std::string Knowledge::sender_name(const outbox::SenderView& sender) const {
    const auto config = broker_.config();
    const receive::Caller caller{sender.calling_ae_title, sender.address, {}, sender.name};
    const config::Sender* fits = receive::sender_of(config->senders, caller);
    return fits != nullptr ? fits->name : "";
}

Hands::Hands(Broker& broker, const Clock& clock) : broker_(broker), clock_(clock) {}

/// The books knew it, or do already: a reload is on its way through the broker.
web::Error has_left(const std::string& destination) {
    return {web::Errc::unavailable, "destination \"" + destination +
                                        "\" is just leaving the configuration, or coming: nothing was changed; look "
                                        "again and repeat it"};
}

template <class Work>
auto Hands::run(Turn turn, Work work) {
    return told_apart([&] { return broker_.committer().run(turn, work); });
}

void Hands::wake_all() {
    broker_.lanes().wake_all();
}

outbox::Applied Hands::act(outbox::Verb verb, outbox::JobId job, const outbox::Actor& actor) {
    const auto now = clock_.now();
    const auto applied =
        run(Turn::settlement, [&](outbox::Outbox& outbox) { return outbox.act(verb, job, actor, now); });
    if (applied.applied) wake_all();
    return applied;
}

/// `slice(outbox, from, limit, now)`, until all jobs of the filter were seen.
template <class Slice>
web::Changed Hands::in_slices(const outbox::JobFilter& filter, const Progress& progress, Slice slice) {
    web::Changed changed;
    // What was made outside of the times that the filter names is not walked through.
    const outbox::JobRange range = outbox::Views(broker_.database()).job_range(filter);
    outbox::JobId from = range.first;
    const std::size_t slice_max = broker_.config()->janitor.batch;
    for (;;) {
        const auto now = clock_.now();
        const auto done = run(Turn::bulk, [&](outbox::Outbox& outbox) { return slice(outbox, from, slice_max, now); });
        changed.changed += done.changed;
        changed.seen += done.seen;
        wake_all();
        if (!done.next || *done.next > range.last || (progress && !progress(changed))) return changed;
        from = *done.next;
    }
}

web::Changed Hands::act(outbox::Verb verb, const outbox::JobFilter& filter, const outbox::Actor& actor,
                        const Progress& progress) {
    outbox::Spread spread(broker_.config()->delivery.retry_per_second, clock_.now());
    return in_slices(filter, progress, [&](outbox::Outbox& outbox, outbox::JobId from, std::size_t limit, auto now) {
        return outbox.act(verb, filter, from, limit, actor, now, &spread);
    });
}

std::vector<outbox::Assigned> Hands::assign(const web::Assignment& assignment, const outbox::Actor& actor) {
    const auto now = clock_.now();
    const route::Edit edit{{dicom::tags::accession_number, {}}, route::Set{assignment.accession_number}};
    const outbox::Assignment wanted{assignment.accession_number, route::print_edits({edit})};
    auto assigned = run(Turn::settlement, [&](outbox::Outbox& outbox) {
        std::vector<outbox::Assigned> all;
        for (const std::string& each : assignment.destinations) {
            const auto id = outbox.destination(each);
            const auto there =
                id ? outbox.assign({*id, assignment.study_instance_uid}, wanted, actor, now) : std::nullopt;
            if (!there) throw has_left(each);
            all.push_back(*there);
        }
        return all;
    });
    for (const std::string& each : assignment.destinations) broker_.lanes().wake(each);
    return assigned;
}

bool Hands::pause(std::string_view destination, std::string_view reason, std::optional<outbox::Instant> until,
                  const outbox::Actor& actor) {
    const auto now = clock_.now();
    const bool found = run(Turn::settlement, [&](outbox::Outbox& outbox) {
        const auto id = outbox.destination(destination);
        if (id) outbox.pause(*id, actor, reason, until, now);
        return id.has_value();
    });
    if (found) broker_.lanes().wake(destination);
    return found;
}

bool Hands::resume(std::string_view destination, const outbox::Actor& actor) {
    const auto now = clock_.now();
    const bool found = run(Turn::settlement, [&](outbox::Outbox& outbox) {
        const auto id = outbox.destination(destination);
        if (id) outbox.resume(*id, actor, now, broker_.config()->delivery.retry_per_second);
        return id.has_value();
    });
    if (found) broker_.lanes().wake(destination);
    return found;
}

std::optional<web::Echo> Hands::echo(std::string_view destination, const outbox::Actor& actor) {
    const auto echo = broker_.lanes().echo(destination);
    if (!echo) return std::nullopt;
    if (echo->refusal == deliver::Echo::Refusal::stopping) throw is_stopping();
    if (echo->refusal == deliver::Echo::Refusal::under_way) return web::Echo{.is_under_way = true};
    run(Turn::settlement, [&](outbox::Outbox& outbox) {
        const auto id = outbox.destination(destination);
        if (id) outbox.echoed(*id, echo->is_alive, actor, clock_.now());
        return id.has_value();
    });
    return web::Echo{.ok = echo->is_alive, .text = echo->text, .took = echo->took};
}

web::Added Hands::add(const web::Addition& addition, const outbox::Actor& actor, const Watch& watch) {
    const auto config = broker_.config();
    if (config->destination(addition.destination) == nullptr) throw has_left(addition.destination);
    Backfill backfill(broker_.committer(), clock_, *config, broker_.database());
    const Wanted wanted{addition.destination, addition.study_instance_uid, addition.since, addition.is_all,
                        addition.priority,    addition.is_dry_run,         addition.event};
    const Backfilled done = told_apart([&] {
        return backfill.run(wanted, actor, [&](std::int64_t seen, std::int64_t total) {
            broker_.lanes().wake(addition.destination);
            return !watch || watch(seen, total);
        });
    });
    broker_.lanes().wake(addition.destination);
    return {done.added,         done.seen,       done.not_routed, done.came_from_there,
            done.older_version, done.unreadable, done.is_whole};
}

web::Changed Hands::move(const web::Transfer& transfer, const outbox::Actor& actor, const Progress& progress) {
    const auto config = broker_.config();
    const auto& destinations = config->destinations;
    const auto to = std::ranges::find(destinations, transfer.to, &config::Destination::name);
    if (to == destinations.end()) throw has_left(transfer.to);
    outbox::PlannedJob there;
    there.destination = outbox::Views(broker_.database()).destination(transfer.to).value().id;
    there.on_new_version = receive::on_new_version(to->on_new_version);
    web::Changed moved;
    // One pass per state, so that those which may have arrived stay where nobody agreed to move them.
    for (const outbox::State state : {outbox::State::queued, outbox::State::held, outbox::State::uncertain}) {
        if (state == outbox::State::uncertain && !transfer.has_uncertain) continue;
        if (transfer.filter.state && *transfer.filter.state != state) continue;
        outbox::JobFilter filter = transfer.filter;
        filter.state = state;
        bool goes_on = true;
        const auto pass = in_slices(
            filter,
            [&](const web::Changed& until_now) {
                goes_on = !progress || progress({moved.changed + until_now.changed, moved.seen + until_now.seen});
                return goes_on;
            },
            [&](outbox::Outbox& outbox, outbox::JobId from, std::size_t limit, auto now) {
                there.due_at = now;
                return outbox.move(filter, there, from, limit, actor, now);
            });
        moved.changed += pass.changed;
        moved.seen += pass.seen;
        if (!goes_on) break;
    }
    return moved;
}

}  // namespace broker
