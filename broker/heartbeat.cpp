// A beat that is missed is not made up for: the next one says more.
#include "broker/heartbeat.h"

#include <spdlog/spdlog.h>

#include <boost/json.hpp>

#include "broker/config/secret.h"
#include "broker/version.h"

namespace broker {

Heartbeat::Heartbeat(Parts parts) : parts_(std::move(parts)) {}

Heartbeat::~Heartbeat() {
    stop();
}

void Heartbeat::start() {
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Heartbeat::stop() {
    thread_.request_stop();
    interrupt_.raise();
    stopping_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Heartbeat::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        try {
            look();
        } catch (const Stopped&) {
            return;
        } catch (const std::exception& error) {
            spdlog::error("event=heartbeat_not_recorded what=\"{}\"", error.what());
        }
        std::unique_lock lock(mutex_);
        stopping_.wait_for(lock, stop, parts_.look_every, [] { return false; });
    }
}

void Heartbeat::look() {
    const auto config = parts_.config();
    if (!config->heartbeat) {
        way_.reset();
        beat_at_.reset();
        is_failing_ = false;
        return;
    }
    if (!way_ || way_->settings != *config->heartbeat) aim(*config->heartbeat, config->delivery);
    const Monotonic now = parts_.clock.monotonic();
    if (!way_ || (beat_at_ && now - *beat_at_ < way_->settings.every)) return;
    beat_at_ = now;
    const Tried tried = beat();
    if (tried.what != Tried::What::interrupted) note(tried);
}

/// Another address begins at once, and with a clean record.
void Heartbeat::aim(const config::Heartbeat& settings, const config::Delivery& limits) {
    way_.reset();
    if (useless_ == settings) return;
    useless_.reset();
    beat_at_.reset();
    is_failing_ = false;
    try {
        auto address = webhook_address(settings.url);
        http::Options options{address.server};
        options.user_agent = "DICOM-Bridge/" + std::string(version);
        options.connect_timeout = limits.connect_timeout;
        options.idle_timeout = std::chrono::seconds(30);
        options.kept_connections_max = 1;
        options.response_body_bytes_max = 16 * 1024;
        auto client = std::make_unique<http::Client>(std::move(options));
        way_.emplace(Way{settings, std::move(address), std::move(client)});
    } catch (const std::exception& error) {
        useless_ = settings;
        spdlog::error("event=heartbeat_unusable what=\"{}\"", error.what());
    }
}

Tried Heartbeat::beat() {
    try {
        JsonCall made{way_->address.target, parts_.body()};
        const config::Secret& token = way_->settings.token;
        if (!token.file.empty() || !token.env.empty())
            made.authorization = "Bearer " + config::read_secret(token, "token");
        return call(*way_->client, made, interrupt_, parts_.clock.now());
    } catch (const std::exception& error) {
        return {Tried::What::no_use, std::nullopt, error.what(), std::nullopt};
    }
}

void Heartbeat::note(const Tried& tried) {
    const bool fails = tried.what != Tried::What::taken;
    if (fails == is_failing_) return;
    if (fails)
        spdlog::warn("event=heartbeat_failing why=\"{}\"", tried.error);
    else
        spdlog::info("event=heartbeat_recovered");
    const std::string detail = fails ? boost::json::serialize(boost::json::object{{"error", tried.error}}) : "{}";
    parts_.committer.run(Turn::settlement, [&](outbox::Outbox& outbox) {
        const outbox::Actor bridge{"bridge", ""};
        if (fails)
            outbox.record("heartbeat_failing", bridge, detail, parts_.clock.now());
        else
            outbox.record("heartbeat_recovered", bridge, detail, parts_.clock.now());
    });
    // Only now: what could not be recorded is told again with the next one.
    is_failing_ = fails;
}

}  // namespace broker
