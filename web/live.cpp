/// Live: tells whoever listens what changed a moment ago: jobs, destinations, alarms (server-sent events).
#include "web/live.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "web/json/status.h"
#include "web/limits.h"

namespace web {
namespace {

namespace bj = boost::json;
using Monotonic = std::chrono::steady_clock::time_point;

/// The HTML standard, 9.2.5: a line for each field, an empty one behind. JSON has no line ends in it.
std::string event(std::string_view name, const bj::object& data) {
    return fmt::format("event: {}\ndata: {}\n\n", name, bj::serialize(data));
}

/// What happened to jobs, by destination and by what it was: {"delivered": 12, "held": 1}.
std::string news_of_jobs(const std::vector<outbox::HistoryRow>& rows) {
    std::map<std::string, std::map<std::string, std::int64_t>> counts;
    for (const outbox::HistoryRow& row : rows)
        if (row.job || row.event == "received") ++counts[row.destination][row.event];
    std::string news;
    for (const auto& [destination, events] : counts) {
        bj::object changes;
        for (const auto& [name, count] : events) changes[name] = count;
        news += event("job", {{"destination", destination}, {"changes", changes}});
    }
    return news;
}

/// Of what came, changed or went; `gone` makes the last words of what is there no more.
template <class Gone>
std::string differences(std::string_view name, const std::map<std::string, std::string>& now,
                        const std::map<std::string, std::string>& earlier, Gone gone) {
    std::string news;
    for (const auto& [key, told] : now) {
        const auto before = earlier.find(key);
        if (before == earlier.end() || before->second != told)
            news += fmt::format("event: {}\ndata: {}\n\n", name, told);
    }
    for (const auto& [key, told] : earlier)
        if (!now.contains(key)) news += event(name, gone(told));
    return news;
}

bj::object cleared(const std::string& told) {
    bj::object alarm = bj::parse(told).as_object();
    alarm["is_raised"] = false;
    return alarm;
}

bj::object removed(const std::string& told) {
    bj::object destination = bj::parse(told).as_object();
    destination["state"] = "removed";
    return destination;
}

}  // namespace

Glance::Glance(const outbox::StatusView& status, const BrokerState& broker, outbox::Instant now) {
    const bj::object shown = web::json::status(status, broker, now);
    for (const bj::value& each : shown.at("destinations").as_array()) {
        const bj::object& one = each.as_object();
        const bj::object told{{"name", one.at("name")},       {"state", one.at("state")},
                              {"breaker", one.at("breaker")}, {"paused", one.at("paused")},
                              {"held", one.at("held")},       {"is_configured", one.at("is_configured")}};
        destinations_.emplace(one.at("name").as_string(), bj::serialize(told));
    }
    for (const bj::value& each : shown.at("alarms").as_array()) {
        const bj::object& one = each.as_object();
        bj::object told{{"name", one.at("name")}, {"is_raised", true}};
        std::string key(one.at("name").as_string());
        if (const bj::value* subject = one.if_contains("subject")) {
            told["subject"] = *subject;
            key += ' ' + bj::serialize(*subject);
        }
        alarms_.emplace(key, bj::serialize(told));
    }
}

std::string Glance::news_since(const Glance& earlier, const std::vector<outbox::HistoryRow>& rows) const {
    return news_of_jobs(rows) + differences("destination", destinations_, earlier.destinations_, removed) +
           differences("alarm", alarms_, earlier.alarms_, cleared);
}

Live::Live(std::filesystem::path database, const BrokerState& broker, std::function<outbox::Instant()> now)
    : database_(std::move(database)), broker_(broker), now_(std::move(now)) {}

Live::~Live() {
    stop();
}

void Live::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { loop(stop); });
}

void Live::stop() {
    std::vector<Listener> listeners;
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        listeners.swap(listeners_);
    }
    for (const Listener& each : listeners) each.channel->end(true);
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
}

std::shared_ptr<Channel> Live::subscribe(const std::string& who) {
    // Its first words are there before anybody reads: a browser then knows that it is connected.
    const auto channel = std::make_shared<Channel>(live_pieces_max);
    channel->offer(fmt::format("retry: {}\n: listening\n\n", live_retry.count()));
    const std::lock_guard lock(mutex_);
    std::erase_if(listeners_, [](const Listener& each) { return each.channel->is_abandoned(); });
    if (is_stopping_ || listeners_.size() >= live_listeners_max) return nullptr;
    if (std::ranges::count(listeners_, who, &Listener::who) >= live_listeners_each) return nullptr;
    listeners_.push_back({channel, who, std::chrono::steady_clock::now() + live_for});
    changed_.notify_all();
    return channel;
}

bool Live::wait_for_listeners(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [this] { return !listeners_.empty(); });
    if (stop.stop_requested()) return false;
    changed_.wait_for(lock, stop, live_look_every, [] { return false; });
    return !stop.stop_requested();
}

void Live::loop(const std::stop_token& stop) {
    std::optional<outbox::Views> views;
    Glance earlier;
    std::int64_t seen = 0;
    while (wait_for_listeners(stop)) {
        try {
            look(views, earlier, seen);
        } catch (const std::exception& error) {
            // The next look opens the database anew; listeners ask for the status themselves meanwhile.
            spdlog::warn("event=live_look_failed error=\"{}\"", error.what());
            views.reset();
        }
    }
}

void Live::look(std::optional<outbox::Views>& views, Glance& earlier, std::int64_t& seen) {
    if (!views) views.emplace(database_);
    auto rows = views->history({}, std::nullopt, outbox::Views::page_rows_max).rows;
    std::erase_if(rows, [&](const outbox::HistoryRow& each) { return each.sequence <= seen; });
    const std::int64_t newest = rows.empty() ? seen : rows.front().sequence;
    Glance present(views->status(), broker_, now_());
    tell(present.news_since(earlier, rows), present.news_since({}, {}));
    earlier = std::move(present);
    seen = newest;
}

void Live::tell(const std::string& news, const std::string& all) {
    const Monotonic now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    std::erase_if(listeners_, [&](Listener& each) {
        if (each.channel->is_abandoned()) return true;
        const std::string& text = std::exchange(each.is_new, false) ? all : news;
        if (now >= each.until) {
            each.channel->end(true);
            return true;
        }
        // A comment now and then finds out who is gone.
        if (!text.empty()) {
            each.channel->offer(text);
        } else if (now.time_since_epoch() / live_look_every % live_comment_every == 0) {
            each.channel->offer(": still here\n\n");
        }
        return false;
    });
}

}  // namespace web
