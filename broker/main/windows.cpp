// The broker behind web's interfaces.
#include "broker/main/windows.h"

#include "broker/version.h"
#include "web/error.h"

namespace broker {

Knowledge::Knowledge(Broker& broker) : broker_(broker) {}

web::Node Knowledge::node() const {
    const config::Node& node = broker_.config().node;
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
    return space;
}

std::optional<web::Lane> Knowledge::lane(std::string_view destination) const {
    const auto state = broker_.lanes().breaker(destination);
    if (!state) return std::nullopt;
    web::Lane lane;
    lane.breaker = *state == deliver::Breaker::State::closed ? web::Breaker::closed
                   : *state == deliver::Breaker::State::open ? web::Breaker::open
                                                             : web::Breaker::half_open;
    return lane;
}

Hands::Hands(Broker& broker, const Clock& clock) : broker_(broker), clock_(clock) {}

// A broker that is stopping, or a full disk, is told apart from a call that was wrong.
template <class Work>
auto Hands::run(Turn turn, Work work) {
    try {
        return broker_.committer().run(turn, work);
    } catch (const Stopped&) {
        throw web::Error(web::Errc::unavailable, "the broker is stopping; try again when it runs");
    } catch (const outbox::Error& error) {
        if (error.code() != outbox::Errc::no_space) throw;
        throw web::Error(web::Errc::unavailable, "the disk is full: nothing was changed; make room and try again");
    }
}

void Hands::wake_all() {
    for (const config::Destination& each : broker_.config().destinations) broker_.lanes().wake(each.name);
}

outbox::Applied Hands::act(outbox::Verb verb, outbox::JobId job, const outbox::Actor& actor) {
    const auto now = clock_.now();
    const auto applied =
        run(Turn::settlement, [&](outbox::Outbox& outbox) { return outbox.act(verb, job, actor, now); });
    if (applied.applied) wake_all();
    return applied;
}

web::Changed Hands::act(outbox::Verb verb, const outbox::JobFilter& filter, const outbox::Actor& actor,
                        const Progress& progress) {
    web::Changed changed;
    // What was made outside of the times that the filter names is not walked through.
    const outbox::JobRange range = outbox::Views(broker_.database()).job_range(filter);
    outbox::JobId from = range.first;
    const std::size_t slice_max = broker_.config().janitor.batch;
    for (;;) {
        const auto now = clock_.now();
        const auto slice = run(
            Turn::bulk, [&](outbox::Outbox& outbox) { return outbox.act(verb, filter, from, slice_max, actor, now); });
        changed.changed += slice.changed;
        changed.seen += slice.seen;
        wake_all();
        if (!slice.next || *slice.next > range.last || (progress && !progress(changed))) return changed;
        from = *slice.next;
    }
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
        if (id) outbox.resume(*id, actor, now);
        return id.has_value();
    });
    if (found) broker_.lanes().wake(destination);
    return found;
}

std::optional<web::Echo> Hands::echo(std::string_view destination, const outbox::Actor&) {
    const auto echo = broker_.lanes().echo(destination);
    if (!echo) return std::nullopt;
    return web::Echo{echo->is_alive, echo->text, echo->took};
}

}  // namespace broker
