// Looking, and writing down what changed; what is an alarm is rules.cpp's to say.
#include "broker/alarm/alarms.h"

#include <spdlog/spdlog.h>

#include "broker/alarm/whereabouts.h"
#include "broker/kernel_clock.h"

namespace broker::alarm {

Alarms::Alarms(Parts parts) : parts_(std::move(parts)), views_(parts_.database) {}

Alarms::~Alarms() {
    stop();
}

void Alarms::start() {
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Alarms::stop() {
    thread_.request_stop();
    stopping_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Forecast Alarms::forecast() const {
    std::lock_guard lock(mutex_);
    return forecast_;
}

void Alarms::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        try {
            look();
            has_failed_ = false;
        } catch (const Stopped&) {
            return;
        } catch (const std::exception& error) {
            if (!has_failed_) spdlog::error("event=alarms_failed what=\"{}\"", error.what());
            has_failed_ = true;
        }
        std::unique_lock lock(mutex_);
        stopping_.wait_for(lock, stop, parts_.look_every, [] { return false; });
    }
}

void Alarms::look() {
    const auto config = parts_.config();
    const Facts facts = gather(*config);
    const auto raised = judge(facts, config->alarm, parts_.clock.now());
    const Changes changes = settling_.settle(facts.status.alarms, raised, config->alarm.clear_after,
                                             {parts_.clock.now(), parts_.clock.monotonic()});
    if (!changes.empty()) book(changes);
}

Facts Alarms::gather(const config::Config& config) {
    Facts facts;
    facts.status = views_.status();
    sample(config, facts.status.kept);
    facts.places = whereabouts(config);
    facts.bringers = bringers(views_.senders_that_brought(), config.senders);
    facts.refusing = parts_.refusing();
    facts.forecast = forecast();
    facts.certificates = parts_.certificates();
    facts.clock = parts_.clocks.readings();
    facts.is_clock_kept = is_clock_kept();
    return facts;
}

/// About once an hour, and where a forecast was made for another mark.
void Alarms::sample(const config::Config& config, const outbox::KeptBytes& kept) {
    const auto now = parts_.clock.now();
    const auto& mark = config.spool.refuse_below;
    auto samples = views_.space_samples();
    const bool is_due = samples.empty() || now - samples.back().at >= sample_every || samples.back().at > now;
    if (!is_due && foretold_for_ == mark) return;
    const auto space = parts_.space.look().space;
    if (is_due) {
        const outbox::SpaceSample present{now, static_cast<std::int64_t>(space.free_bytes), kept.unrouted,
                                          kept.unfinished, kept.retained};
        parts_.committer.run(Turn::bulk,
                             [&](outbox::Outbox& outbox) { outbox.note_space(present, now - samples_for); });
        samples = views_.space_samples();
    }
    const Forecast forecast = foretell(samples, config::bytes_of(mark, space.total_bytes));
    foretold_for_ = mark;
    std::lock_guard lock(mutex_);
    forecast_ = forecast;
}

void Alarms::book(const Changes& changes) {
    parts_.committer.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        const auto now = parts_.clock.now();
        for (const outbox::AlarmView& each : changes.cleared) outbox.clear_alarm(each.id, now);
        for (const auto& [id, alarm] : changes.changed) outbox.change_alarm(id, alarm);
        for (const outbox::Alarm& each : changes.raised) outbox.raise_alarm(each, now);
    });
    for (const outbox::AlarmView& each : changes.cleared)
        spdlog::info("event=alarm_cleared name={} subject=\"{}\"", each.alarm.name, each.alarm.subject);
    for (const outbox::Alarm& each : changes.raised)
        spdlog::warn("event=alarm_raised name={} subject=\"{}\" count={} what=\"{}\"", each.name, each.subject,
                     each.count, each.text);
    if (!changes.cleared.empty() || !changes.raised.empty()) parts_.on_change();
}

}  // namespace broker::alarm
