/// Heartbeat: posts how everything stands to [heartbeat] url, so that a site that went dark does not look calm.
///
/// One thread of its own, which nobody waits for but `stop`. Failures are told once, in the log and the history, and so
/// is that they are over. Must not outlive its Parts. Stop is synchronous, idempotent, legal before start.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "broker/clock.h"
#include "broker/committer/committer.h"
#include "broker/config/config.h"
#include "broker/http/interrupt.h"
#include "broker/json_call.h"
#include "broker/webhook_address.h"

namespace broker {

class Heartbeat {
public:
    struct Parts {
        Committer& committer;
        const Clock& clock;
        std::function<std::shared_ptr<const config::Config>()> config;  ///< the one in force
        std::function<std::string()> body;  ///< JSON, the status: no patient's data; made when it is sent. May throw
        std::chrono::milliseconds look_every{2'000};  ///< how soon another configuration is seen
    };
    explicit Heartbeat(Parts parts);
    ~Heartbeat();

    void start();
    void stop();

private:
    struct Way {
        config::Heartbeat settings;
        WebhookAddress address;
        std::unique_ptr<http::Client> client;
    };

    void run(const std::stop_token& stop);
    void look();
    void aim(const config::Heartbeat& settings, const config::Delivery& limits);
    Tried beat();
    void note(const Tried& tried);

    const Parts parts_;

    // Of the thread
    std::optional<Way> way_;
    std::optional<config::Heartbeat> useless_;  ///< an address that is none: said once
    std::optional<Monotonic> beat_at_;          ///< the last one
    bool is_failing_ = false;
    http::Interrupt interrupt_;

    std::mutex mutex_;  ///< of the wait alone
    std::condition_variable_any stopping_;
    std::jthread thread_;
};

}  // namespace broker
