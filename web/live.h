/// Live: tells whoever listens what changed a moment ago: jobs, destinations, alarms (server-sent events).
///
/// Any thread may subscribe; one thread of its own looks once per `live_look_every`, and at nothing while nobody
/// listens. Whoever begins to listen is told how destinations and alarms are, then what changes. A listener who reads
/// too slowly misses some: what counts is that something changed, and the questions of the API say what is.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "outbox/views.h"
#include "web/broker_state.h"
#include "web/channel.h"

namespace web {

/// What there was at one look, as far as changes of it are told. Pure; any thread.
class Glance {
public:
    Glance() = default;
    /// From the status' JSON and the rows of the history since the glance before, newest first.
    Glance(const outbox::StatusView& status, const BrokerState& broker, outbox::Instant now);

    /// What is told to listeners of how this differs from an earlier one, and of those rows. "" where nothing is.
    std::string news_since(const Glance& earlier, const std::vector<outbox::HistoryRow>& rows) const;

private:
    std::map<std::string, std::string> destinations_;  ///< what is told of each, by name
    std::map<std::string, std::string> alarms_;
};

class Live {
public:
    Live(std::filesystem::path database, const BrokerState& broker, std::function<outbox::Instant()> now);
    ~Live();
    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;

    void start();
    /// Ends every stream as a whole one. Synchronous, idempotent, legal before start.
    void stop();

    /// A stream that begins now and ends after `live_for`, for its listener to come again. Null: too many listen, or
    /// too many of the same.
    std::shared_ptr<Channel> subscribe(const std::string& who);

private:
    struct Listener {
        std::shared_ptr<Channel> channel;
        std::string who;
        std::chrono::steady_clock::time_point until;
        bool is_new = true;  ///< knows nothing yet
    };

    void loop(const std::stop_token& stop);
    /// Nothing: it is to end.
    bool wait_for_listeners(const std::stop_token& stop);
    void look(std::optional<outbox::Views>& views, Glance& earlier, std::int64_t& seen);
    /// `all`: for whoever knows nothing yet.
    void tell(const std::string& news, const std::string& all);

    const std::filesystem::path database_;
    const BrokerState& broker_;
    const std::function<outbox::Instant()> now_;

    std::mutex mutex_;  ///< guards listeners_ and is_stopping_
    std::condition_variable_any changed_;
    std::vector<Listener> listeners_;
    bool is_stopping_ = false;

    std::jthread thread_;
};

}  // namespace web
