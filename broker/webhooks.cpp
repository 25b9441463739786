// The thread that calls, and what each answer means for the next call.
#include "broker/webhooks.h"

#include <spdlog/spdlog.h>

#include "broker/base64.h"
#include "broker/config/secret.h"
#include "broker/http/client.h"
#include "broker/notice_body.h"
#include "broker/webhook_address.h"

namespace broker {

namespace {

constexpr std::size_t calls_per_look = 20;
// Nobody has a webhook.
constexpr std::chrono::hours nothing_to_do{1};

std::int64_t seconds_of(std::chrono::milliseconds wait) {
    return std::chrono::duration_cast<std::chrono::seconds>(wait).count();
}

}  // namespace

/// One destination's webhook, as its configuration has it.
struct Webhooks::Hook {
    Hook(outbox::DestinationId number, const config::Destination& destination, const config::Delivery& limits,
         const deliver::HeardDate& heard_date)
        : id(number),
          name(destination.name),
          organization_id(destination.organization_id),
          settings(*destination.webhook),
          address(webhook_address(settings.url)),
          client(options_of(address.server, destination, limits, heard_date)) {}

    static http::Options options_of(const http::Url& server, const config::Destination& destination,
                                    const config::Delivery& limits, const deliver::HeardDate& heard_date) {
        http::Options options{server};
        options.user_agent = destination.user_agent;
        options.connect_timeout = limits.connect_timeout;
        options.idle_timeout = destination.timeout;
        options.kept_connections_max = 1;
        if (heard_date)
            options.heard = [heard_date, host = server.host()](const http::Response& response) {
                heard_date(host, response);
            };
        return options;
    }

    outbox::DestinationId id;
    std::string name, organization_id;
    config::Webhook settings;
    WebhookAddress address;
    mutable http::Client client;  ///< any thread
};

Webhooks::Webhooks(Parts parts, const config::Config& config) : parts_(std::move(parts)), views_(parts_.database) {
    std::map<std::string, outbox::DestinationId> ids;
    for (const config::Destination& each : config.destinations)
        if (const auto row = views_.destination(each.name)) ids.emplace(each.name, row->id);
    terms_ = terms_of(config, ids);
}

std::shared_ptr<const Webhooks::Terms> Webhooks::terms_of(
    const config::Config& config, const std::map<std::string, outbox::DestinationId>& ids) const {
    auto terms = std::make_shared<Terms>();
    terms->limits = config.delivery;
    for (const config::Destination& each : config.destinations) {
        const auto id = ids.find(each.name);
        if (!each.webhook || id == ids.end()) continue;
        try {
            terms->hooks.push_back(std::make_shared<const Hook>(id->second, each, config.delivery, parts_.heard_date));
        } catch (const std::exception& error) {
            spdlog::error("event=webhook_unusable destination={} what=\"{}\"", each.name, error.what());
        }
    }
    return terms;
}

std::shared_ptr<const Webhooks::Terms> Webhooks::terms() const {
    std::lock_guard lock(mutex_);
    return terms_;
}

void Webhooks::set_configuration(const config::Config& config,
                                 const std::map<std::string, outbox::DestinationId>& ids) {
    auto terms = terms_of(config, ids);
    std::lock_guard lock(mutex_);
    terms_ = std::move(terms);
    is_woken_ = true;
    changed_.notify_all();
}

Webhooks::~Webhooks() {
    stop();
}

void Webhooks::start() {
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Webhooks::stop() {
    thread_.request_stop();
    interrupt_.raise();
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Webhooks::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        std::chrono::milliseconds wait = parts_.look_every;
        try {
            wait = look(stop);
        } catch (const Stopped&) {
            return;
        } catch (const std::exception& error) {
            spdlog::error("event=webhooks_failed what=\"{}\"", error.what());
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, wait, [&] { return is_woken_; });
        is_woken_ = false;
    }
}

/// Each webhook in turn; how long until the next look.
std::chrono::milliseconds Webhooks::look(const std::stop_token& stop) {
    const auto present = terms();
    book_taken();
    if (present != at_work_with_) begin_with(present);
    if (present->hooks.empty()) return nothing_to_do;
    std::chrono::milliseconds next = parts_.look_every;
    for (const auto& hook : present->hooks) {
        if (stop.stop_requested()) break;
        const auto left = brakes_[hook->id].until() - parts_.clock.monotonic();
        if (left > Monotonic::duration(0))
            next = std::min(next, std::chrono::ceil<std::chrono::milliseconds>(left));
        else if (serve(*hook, *present, stop))
            next = std::chrono::milliseconds(0);
    }
    return next;
}

/// What was put off because of the settings before, or by a wall clock that was wrong, is tried now.
void Webhooks::begin_with(const std::shared_ptr<const Terms>& present) {
    if (!present->hooks.empty())
        parts_.committer.run(Turn::bulk, [&](outbox::Outbox& outbox) {
            for (const auto& hook : present->hooks) outbox.hurry_notices(hook->id, parts_.clock.now());
        });
    brakes_.clear();
    at_work_with_ = present;
}

/// True: there may be more to do at once.
bool Webhooks::serve(const Hook& hook, const Terms& present, const std::stop_token& stop) {
    bool was_taken = false;
    for (const outbox::OpenNotice& each : views_.notices_due(hook.id, parts_.clock.now(), calls_per_look)) {
        if (stop.stop_requested()) return false;
        const Tried tried = tell(hook, each);
        if (tried.what == Tried::What::interrupted) return false;
        if (tried.what == Tried::What::taken) {
            took(hook, each, tried);
            was_taken = true;
        } else if (!failed(hook, each, tried, present.limits)) {
            return false;
        }
    }
    return was_taken;
}

Tried Webhooks::tell(const Hook& hook, const outbox::OpenNotice& notice) {
    JsonCall made{hook.address.target, notice_body(notice, hook.organization_id), notice.idempotency_key};
    if (!hook.settings.user.empty()) {
        try {
            const std::string password = config::read_secret(hook.settings.password, "password");
            made.authorization = "Basic " + base64(hook.settings.user + ":" + password);
        } catch (const config::SecretError& error) {
            return {Tried::What::no_use, std::nullopt, error.what(), std::nullopt};
        }
    }
    return call(hook.client, made, interrupt_, parts_.clock.now());
}

void Webhooks::took(const Hook& hook, const outbox::OpenNotice& notice, const Tried& tried) {
    brakes_[hook.id].taken();
    spdlog::info("event=webhook_told destination={} study={} stage={} failures={} status={}", hook.name,
                 notice.study_instance_uid, outbox::to_string(notice.stage), notice.attempt_count, *tried.status);
    taken_ = Taken{notice.id, *tried.status, parts_.clock.now()};
    book_taken();
}

/// Whatever the database says: what was taken is not sent again because it could not be written down.
void Webhooks::book_taken() {
    if (!taken_) return;
    parts_.committer.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        outbox.end_notice(taken_->notice, taken_->status, taken_->at);
    });
    taken_.reset();
}

/// Puts the call off, and, where the next one would fare no better, all of them. False: nothing more for now.
bool Webhooks::failed(const Hook& hook, const outbox::OpenNotice& notice, const Tried& tried,
                      const config::Delivery& limits) {
    const deliver::BackoffPolicy policy{limits.backoff_base, limits.backoff_max};
    const auto jitter = [this] { return std::uniform_real_distribution<>(0, 1)(random_); };
    const auto verdict = brakes_[hook.id].failed(tried, notice.attempt_count, policy, jitter, parts_.clock.monotonic());
    spdlog::log(notice.attempt_count == 0 ? spdlog::level::warn : spdlog::level::info,
                "event=webhook_failing destination={} study={} stage={} attempt={} status={} due_in_s={} why=\"{}\"",
                hook.name, notice.study_instance_uid, outbox::to_string(notice.stage), notice.attempt_count + 1,
                tried.status.value_or(0), seconds_of(verdict.wait), tried.error);
    parts_.committer.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        const auto now = parts_.clock.now();
        outbox.put_off_notice(notice.id, {tried.status, tried.error}, now + verdict.wait, now);
    });
    return verdict.goes_on;
}

}  // namespace broker
