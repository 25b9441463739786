/// Pool: the threads on which handlers run, each with its own read-only view of the database.
///
/// Any thread may submit. Slow work takes at most half of the threads, and what waits for its reader half of those, so
/// that a question that reads everything never keeps the short ones waiting. Pictures have threads of their own, half
/// as many more: neither an operator's act nor a question ever waits for one.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "outbox/views.h"
#include "web/pace.h"

namespace web {

class Pool {
public:
    /// What the work may use; lives for the work.
    struct Desk {
        /// The thread's view, opened at the first call and again after a failure. Throws outbox::Error.
        std::function<const outbox::Views&()> views;
        std::stop_token stop;
    };
    /// Must not throw.
    using Work = std::function<void(const Desk&)>;

    Pool(std::filesystem::path database, std::size_t threads, std::size_t waiting_max);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    void start();
    /// Asks running work to stop, runs what waits (which must see the stop and end at once), and ends the threads.
    /// Synchronous, idempotent, legal before start.
    void stop();

    /// True: the work will be run. False: too much of its pace waits already, or the pool is stopping.
    bool submit(Pace pace, Work work);

private:
    struct Taken {
        Pace pace;
        Work work;
    };

    void loop(const std::stop_token& stop, bool is_for_pictures);
    /// Waits for what such a thread may run. Nothing: it is to end.
    std::optional<Taken> take(const std::stop_token& stop, bool is_for_pictures);
    std::optional<Pace> next(bool is_for_pictures) const;
    std::deque<Work>& waiting(Pace pace);
    void count(Pace pace, int change);

    const std::filesystem::path database_;
    const std::size_t threads_max_, slow_max_, readers_max_, waiting_max_;

    std::mutex mutex_;  ///< guards all up to `is_stopping_`
    std::condition_variable_any work_came_;
    std::deque<Work> quick_, slow_, readers_, pictures_;
    std::size_t slow_running_ = 0;  ///< readers included
    std::size_t readers_running_ = 0;
    bool is_stopping_ = false;

    std::vector<std::jthread> threads_;
};

}  // namespace web
