/// Layout: the sections about what is kept, sent and reported: from [spool] to [heartbeat].
#include "broker/config/layout.h"

namespace broker::config {

namespace {

using namespace std::chrono_literals;

constexpr Range<Duration> any_wait{1ms, 24h};
constexpr Range<Duration> any_interval{1ms, std::chrono::hours{24 * 30}};
constexpr Range<Duration> any_age{1ms, std::chrono::hours{24 * 36'500}};

}  // namespace

Fields<Spool> spool_fields() {
    return {
        field("refuse_below", &Spool::refuse_below, percent_or_size()),
        field("warn_below", &Spool::warn_below, percent_or_size()),
        field("ballast", &Spool::ballast, size({0, 16 * gib})),
        field("orphans_for", &Spool::orphans_for, duration(any_age)),
    };
}

Fields<Retention> retention_fields() {
    return {
        field("keep_for", &Retention::keep_for, unless("forever", duration(any_age))),
        field("purge_early_below", &Retention::purge_early_below, unless("off", percent_or_size())),
    };
}

Fields<Preview> preview_fields() {
    return {
        field("enabled", &Preview::enabled, flag()),
        field("cache", &Preview::cache, size({mib, 16 * 1024 * gib})),
        field("parallel", &Preview::parallel, number({1, 64})),
        field("max_pixels", &Preview::max_pixels, number({1'000'000, 1'000'000'000})),
        field("max_waiting", &Preview::max_waiting, number({1, 1'000'000})),
        field("jobs_per_helper", &Preview::jobs_per_helper, number({1, 1'000'000})),
        field("timeout", &Preview::timeout, duration({100ms, 1h})),
    };
}

Fields<Delivery> delivery_fields() {
    return {
        field("backoff_base", &Delivery::backoff_base, duration(any_wait)),
        field("backoff_max", &Delivery::backoff_max, duration(any_interval)),
        field("breaker_base", &Delivery::breaker_base, duration(any_wait)),
        field("breaker_max", &Delivery::breaker_max, duration(any_interval)),
        field("held_probe_every", &Delivery::held_probe_every, duration(any_interval)),
        field("connect_timeout", &Delivery::connect_timeout, duration({1ms, 10min})),
        field("release_timeout", &Delivery::release_timeout, duration({1ms, 10min})),
        field("batch", &Delivery::batch, number({1, 1024})),
        field("linger_for", &Delivery::linger_for, duration({1ms, 10min})),
        // Below a tenth of a second an idle lane would be busy asking the database.
        field("due_horizon", &Delivery::due_horizon, duration({1h, 720h})),
        field("look_every", &Delivery::look_every, duration({100ms, 1h})),
        field("error_pause", &Delivery::error_pause, duration({100ms, 1h})),
        field("make_again", &Delivery::make_again, duration({100ms, 24h})),
        field("ask_after", &Delivery::ask_after, duration({0ms, 24h})),
        field("ask_again", &Delivery::ask_again, duration(any_wait)),
        field("denials_min", &Delivery::denials_min, number({1, 100})),
        field("denials_over", &Delivery::denials_over, duration({0ms, 24h})),
        field("report_linger", &Delivery::report_linger, duration({0ms, 10min})),
        field("report_wait", &Delivery::report_wait, duration(any_wait)),
        field("report_patience", &Delivery::report_patience, duration(any_interval)),
        field("confirm_after", &Delivery::confirm_after, duration({0ms, 24h})),
        field("ask_batch", &Delivery::ask_batch, number({1, 10'000})),
        field("failover_look_every", &Delivery::failover_look_every, duration({100ms, 1h})),
        field("pledge_look_every", &Delivery::pledge_look_every, duration({100ms, 1h})),
        field("strikes_max", &Delivery::strikes_max, number({1, 1000})),
        field("suspects_max", &Delivery::suspects_max, number({1, 1'000'000})),
        field("lost_max", &Delivery::lost_max, number({1, 1000})),
        field("override_attempts_max", &Delivery::override_attempts_max, number({1, 1000})),
        field("retry_per_second", &Delivery::retry_per_second, number({1, 10'000})),
    };
}

Fields<Janitor> janitor_fields() {
    return {
        field("interval", &Janitor::interval, duration(any_interval)),
        field("batch", &Janitor::batch, number({1, 10'000})),
        field("sweep_every", &Janitor::sweep_every, duration(any_interval)),
        field("orphan_grace", &Janitor::orphan_grace, duration(any_interval)),
        field("verify_back", &Janitor::verify_back, duration(any_age)),
    };
}

Fields<Worker> worker_fields() {
    return {
        field("parallel", &Worker::parallel, number({1, 64})),
        // The program itself, its libraries and DCMTK's dictionary need some of it.
        field("memory", &Worker::memory, size({256 * mib, 1024 * gib})),
        field("cpu", &Worker::cpu, duration({1s, 24h})),
        field("timeout", &Worker::timeout, duration(any_wait)),
    };
}

Fields<Uplink> uplink_fields() {
    return {
        field("name", &Uplink::name, label()),
        given("bandwidth", &Uplink::bandwidth, bandwidth()),
    };
}

Fields<Alarm> alarm_fields() {
    return {
        field("oldest_undelivered", &Alarm::oldest_undelivered, unless("off", duration(any_age))),
        field("disk_full_within", &Alarm::disk_full_within, unless("off", duration(any_age))),
        field("silent_sender", &Alarm::silent_sender, unless("off", duration(any_age))),
        field("unrouted", &Alarm::unrouted, flag()),
        field("refusing", &Alarm::refusing, flag()),
        field("held", &Alarm::held, flag()),
        field("breaker_open", &Alarm::breaker_open, unless("off", duration(any_age))),
        field("forgotten_pause", &Alarm::forgotten_pause, unless("off", duration(any_age))),
        field("certificate_expires_within", &Alarm::certificate_expires_within, unless("off", duration(any_age))),
        field("clock_skew", &Alarm::clock_skew, unless("off", duration(any_age))),
        field("clear_after", &Alarm::clear_after, duration({0ms, 24h})),
    };
}

Fields<Notify> notify_fields() {
    Fields<Notify> fields{
        field("kind", &Notify::kind, words<NotifyKind>({{"webhook", NotifyKind::webhook}, {"smtp", NotifyKind::smtp}})),
        given("url", &Notify::url, url()),
        given("host", &Notify::host, host()),
        given("port", &Notify::port, port()),
        given("from", &Notify::from, text()),
        given("to", &Notify::to, list_of(text(), 1)),
        given("user", &Notify::user, text()),
        field("security", &Notify::security,
              words<MailSecurity>(
                  {{"starttls", MailSecurity::starttls}, {"tls", MailSecurity::tls}, {"none", MailSecurity::none}})),
    };
    for (Field<Notify>& each : secret("password", &Notify::password)) fields.push_back(std::move(each));
    for (Field<Notify>& each : secret("token", &Notify::token)) fields.push_back(std::move(each));
    return fields;
}

Fields<Heartbeat> heartbeat_fields() {
    Fields<Heartbeat> fields{
        given("url", &Heartbeat::url, url()),
        field("every", &Heartbeat::every, duration(any_interval)),
    };
    for (Field<Heartbeat>& each : secret("token", &Heartbeat::token)) fields.push_back(std::move(each));
    return fields;
}

}  // namespace broker::config
