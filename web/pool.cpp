/// Pool: the threads on which handlers run, each with its own read-only view of the database.
#include "web/pool.h"

#include <algorithm>
#include <utility>

namespace web {

Pool::Pool(std::filesystem::path database, std::size_t threads, std::size_t waiting_max)
    : database_(std::move(database)),
      threads_max_(std::max<std::size_t>(threads, 2)),
      slow_max_(threads_max_ / 2),
      waiting_max_(waiting_max) {}

Pool::~Pool() {
    stop();
}

void Pool::start() {
    for (std::size_t i = 0; i < threads_max_; ++i)
        threads_.emplace_back([this](const std::stop_token& stop) { loop(stop); });
}

void Pool::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    for (std::jthread& thread : threads_) thread.request_stop();
    threads_.clear();
}

bool Pool::submit(bool is_slow, Work work) {
    const std::lock_guard lock(mutex_);
    std::deque<Work>& queue = is_slow ? slow_ : quick_;
    if (is_stopping_ || queue.size() >= waiting_max_) return false;
    queue.push_back(std::move(work));
    work_came_.notify_all();
    return true;
}

std::optional<Pool::Work> Pool::take(const std::stop_token& stop, bool& is_slow) {
    std::unique_lock lock(mutex_);
    const auto has_work = [this] { return !quick_.empty() || (!slow_.empty() && slow_running_ < slow_max_); };
    if (!work_came_.wait(lock, stop, has_work)) return std::nullopt;
    is_slow = quick_.empty();
    std::deque<Work>& queue = is_slow ? slow_ : quick_;
    if (is_slow) ++slow_running_;
    std::optional<Work> work(std::move(queue.front()));
    queue.pop_front();
    return work;
}

void Pool::loop(const std::stop_token& stop) {
    std::optional<outbox::Views> views;
    const Desk desk{[&]() -> const outbox::Views& {
                        if (!views) views.emplace(database_);
                        return *views;
                    },
                    stop};
    bool is_slow = false;
    while (const std::optional<Work> work = take(stop, is_slow)) {
        (*work)(desk);
        if (!std::exchange(is_slow, false)) continue;
        const std::lock_guard lock(mutex_);
        --slow_running_;
        work_came_.notify_all();
    }
}

}  // namespace web
