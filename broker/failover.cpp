// Looking, and moving in slices; whom to move where is failover_plan.cpp's.
#include "broker/failover.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "broker/receive/custody.h"

namespace broker {

namespace {

constexpr std::size_t slices_per_look = 20;  // per destination: the others' turn comes, and a stop
constexpr std::chrono::minutes look_again_at_all{1};

std::optional<outbox::Instant> troubled_since(const outbox::DestinationView& view) {
    if (view.failing_since && view.held_at) return std::min(*view.failing_since, *view.held_at);
    return view.failing_since ? view.failing_since : view.held_at;
}

/// Those that did not come from there in the first place: what a destination sent us is not brought back to it.
std::vector<outbox::JobId> not_from(std::span<const outbox::Stray> jobs, const receive::KnownDestination& there) {
    std::vector<outbox::JobId> others;
    for (const outbox::Stray& each : jobs)
        if (!receive::is_origin(there, each.calling_ae_title, each.address)) others.push_back(each.job);
    return others;
}

bool is_paused(const outbox::DestinationView& view, outbox::Instant now) {
    return view.paused_at && (!view.paused_until || *view.paused_until > now);
}

}  // namespace

Failover::Failover(Parts parts, std::shared_ptr<const config::Config> config)
    : parts_(std::move(parts)), views_(parts_.database), config_(std::move(config)) {}

Failover::~Failover() {
    stop();
}

void Failover::start() {
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Failover::stop() {
    thread_.request_stop();
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Failover::configure(std::shared_ptr<const config::Config> config) {
    {
        std::lock_guard lock(mutex_);
        config_ = std::move(config);
        is_woken_ = true;
    }
    changed_.notify_all();
}

std::shared_ptr<const config::Config> Failover::present() {
    std::lock_guard lock(mutex_);
    return config_;
}

void Failover::run(const std::stop_token& stop) {
    stopping_ = stop;
    while (!stop.stop_requested()) {
        try {
            // More than a look may move: on with it.
            if (look() > 0) continue;
        } catch (const Stopped&) {
            return;
        } catch (const std::exception& error) {
            spdlog::error("event=failover_failed what=\"{}\"", error.what());
        }
        const auto pause = present()->delivery.failover_look_every;
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, pause, [this] { return is_woken_; });
        is_woken_ = false;
    }
}

std::int64_t Failover::look() {
    const auto config = present();
    const auto now = parts_.clock.now();
    Standing standing;
    for (outbox::DestinationView& each : views_.status().destinations)
        if (each.is_configured) standing.emplace(each.name, std::move(each));
    std::vector<Place> places;
    for (const config::Destination& each : config->destinations) {
        const auto found = standing.find(each.name);
        if (found == standing.end()) continue;
        const outbox::DestinationView& view = found->second;
        places.push_back({each.name, is_paused(view, now), troubled_since(view), each.failover, each.failover_after,
                          view.failover_to});
    }
    std::int64_t moved = 0;
    for (const FailoverStep& step : plan_failover(places, now)) {
        tell(standing, step);
        moved += step.takes_back ? take_back(*config, standing, step) : step_aside(*config, standing, step);
    }
    return moved;
}

void Failover::tell(const Standing& standing, const FailoverStep& step) {
    const outbox::DestinationView& view = standing.at(step.destination);
    if (view.failover_to == step.stood_in_by) return;
    std::optional<outbox::DestinationId> other;
    if (!step.stood_in_by.empty()) other = standing.at(step.stood_in_by).id;
    parts_.committer.run(Turn::settlement,
                         [&](outbox::Outbox& outbox) { outbox.set_failover(view.id, other, parts_.clock.now()); });
    if (other)
        spdlog::warn("event=failover_begun destination={} to={}", step.destination, step.stood_in_by);
    else
        spdlog::info("event=failover_ended destination={}", step.destination);
}

std::int64_t Failover::step_aside(const config::Config& config, const Standing& standing, const FailoverStep& step) {
    if (step.moves_to.empty()) return 0;
    const outbox::DestinationView& from = standing.at(step.destination);
    const config::Destination& setting = *config.destination(step.destination);
    const auto there = receive::known(*config.destination(step.moves_to), standing.at(step.moves_to).id);
    // Its lane, which does this else, is at rest. What is due by that now was passed over before.
    if (settle_quiet(setting, from.id, config.janitor.batch)) scans_.erase(from.id);
    std::int64_t moved = move_own(from, there, config.janitor.batch) + move_left(from.id, there, config.janitor.batch);
    for (const std::string& name : step.leaves)
        moved += move_strangers(from.id, standing.at(name).id, there, config.janitor.batch);
    if (moved > 0)
        spdlog::info("event=failover_moved destination={} to={} jobs={}", step.destination, step.moves_to, moved);
    return moved;
}

bool Failover::settle_quiet(const config::Destination& setting, outbox::DestinationId destination,
                            std::size_t slice_max) {
    if (!views_.has_quiet_to_settle(destination, setting.after_study_quiet, parts_.clock.now())) return false;
    while (!stopping_.stop_requested() && parts_.committer.run(Turn::bulk, [&](outbox::Outbox& outbox) {
        return outbox.settle_quiet(destination, setting.after_study_quiet, slice_max, parts_.clock.now());
    }) > 0) {
    }
    return true;
}

/// Only what is new is looked at, and all of it once a minute: some backs off, some must stay.
std::int64_t Failover::move_own(const outbox::DestinationView& from, const receive::KnownDestination& there,
                                std::size_t slice_max) {
    Scan& scan = scans_[from.id];
    const Monotonic ticks = parts_.clock.monotonic();
    if (scan.there != there.id || ticks >= scan.begins_again_at)
        scan = {there.id, outbox::JobId{}, ticks + look_again_at_all};
    std::int64_t moved = 0;
    for (std::size_t slice = 0; slice < slices_per_look && !stopping_.stop_requested(); ++slice) {
        const outbox::FailoverSlice found = views_.to_fail_over(from.id, there.id, scan.seen, slice_max);
        moved += move(not_from(found.jobs, there), there);
        scan.seen = found.seen;
        // Soon done, and not to be waited for a whole minute.
        if (found.has_passed_over_made) scan.begins_again_at = ticks;
        if (found.is_last) break;
    }
    return moved;
}

std::int64_t Failover::move_strangers(outbox::DestinationId home, std::optional<outbox::DestinationId> from,
                                      const receive::KnownDestination& there, std::size_t slice_max) {
    std::int64_t moved = 0;
    outbox::JobId after;
    for (std::size_t slice = 0; slice < slices_per_look && !stopping_.stop_requested(); ++slice) {
        const auto jobs = views_.standing_in(home, from, after, slice_max);
        if (jobs.empty()) break;
        after = jobs.back().job;
        moved += move(not_from(jobs, there), there);
    }
    return moved;
}

std::int64_t Failover::move_held(const receive::KnownDestination& home, std::size_t slice_max) {
    std::int64_t moved = 0;
    outbox::JobId after;
    for (std::size_t slice = 0; slice < slices_per_look && !stopping_.stop_requested(); ++slice) {
        const outbox::HeldStrays held = views_.held_standing_in(home.id, after, slice_max);
        std::vector<outbox::JobId> jobs;
        for (const outbox::Stray& each : held.jobs) jobs.push_back(each.job);
        moved += move(jobs, home);
        after = held.seen;
        if (held.is_last) break;
    }
    return moved;
}

std::int64_t Failover::move_left(outbox::DestinationId home, const receive::KnownDestination& there,
                                 std::size_t slice_max) {
    std::int64_t moved = 0;
    outbox::JobId after;
    for (std::size_t slice = 0; slice < slices_per_look && !stopping_.stop_requested(); ++slice) {
        const outbox::HeldStrays held = views_.held_standing_in(home, after, slice_max);
        moved += move(not_from(held.left, there), there);
        after = held.seen;
        if (held.is_last) break;
    }
    return moved;
}

std::int64_t Failover::take_back(const config::Config& config, const Standing& standing, const FailoverStep& step) {
    const auto home = receive::known(*config.destination(step.destination), standing.at(step.destination).id);
    const auto moved =
        move_strangers(home.id, std::nullopt, home, config.janitor.batch) + move_held(home, config.janitor.batch);
    if (moved > 0) spdlog::info("event=failover_returned destination={} jobs={}", step.destination, moved);
    return moved;
}

/// One slice, in one commit.
std::int64_t Failover::move(std::span<const outbox::JobId> jobs, const receive::KnownDestination& there) {
    if (jobs.empty()) return 0;
    const auto moved = parts_.committer.run(Turn::bulk, [&](outbox::Outbox& outbox) {
        outbox::PlannedJob planned;
        planned.destination = there.id;
        planned.on_new_version = there.on_new_version;
        planned.due_at = parts_.clock.now();
        std::int64_t applied = 0;
        for (const outbox::JobId job : jobs) applied += outbox.fail_over(job, planned, planned.due_at).applied;
        return applied;
    });
    if (moved > 0 && parts_.wake) parts_.wake(there.id);
    return moved;
}

}  // namespace broker
