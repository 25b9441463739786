/// Pool: the threads on which handlers run, each with its own read-only view of the database.
#include "web/pool.h"

#include <algorithm>
#include <utility>

namespace web {

Pool::Pool(std::filesystem::path database, std::size_t threads, std::size_t waiting_max)
    : database_(std::move(database)),
      threads_max_(std::max<std::size_t>(threads, 2)),
      slow_max_(threads_max_ / 2),
      readers_max_(std::max<std::size_t>(slow_max_ / 2, 1)),
      waiting_max_(waiting_max) {}

Pool::~Pool() {
    stop();
}

void Pool::start() {
    const auto begin = [this](bool is_for_pictures) {
        threads_.emplace_back([this, is_for_pictures](const std::stop_token& stop) { loop(stop, is_for_pictures); });
    };
    for (std::size_t i = 0; i < threads_max_; ++i) begin(false);
    for (std::size_t i = 0; i < slow_max_; ++i) begin(true);
}

void Pool::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    for (std::jthread& thread : threads_) thread.request_stop();
    threads_.clear();
}

bool Pool::submit(Pace pace, Work work) {
    const std::lock_guard lock(mutex_);
    std::deque<Work>& queue = waiting(pace);
    if (is_stopping_ || queue.size() >= waiting_max_) return false;
    queue.push_back(std::move(work));
    work_came_.notify_all();
    return true;
}

std::deque<Pool::Work>& Pool::waiting(Pace pace) {
    switch (pace) {
        case Pace::quick:
            return quick_;
        case Pace::slow:
            return slow_;
        case Pace::reader:
            return readers_;
        case Pace::picture:
            break;
    }
    return pictures_;
}

std::optional<Pace> Pool::next(bool is_for_pictures) const {
    if (is_for_pictures) return pictures_.empty() ? std::nullopt : std::optional(Pace::picture);
    if (!quick_.empty()) return Pace::quick;
    if (slow_running_ >= slow_max_) return std::nullopt;
    if (!slow_.empty()) return Pace::slow;
    if (!readers_.empty() && readers_running_ < readers_max_) return Pace::reader;
    return std::nullopt;
}

void Pool::count(Pace pace, int change) {
    if (pace == Pace::slow || pace == Pace::reader) slow_running_ += static_cast<std::size_t>(change);
    if (pace == Pace::reader) readers_running_ += static_cast<std::size_t>(change);
}

std::optional<Pool::Taken> Pool::take(const std::stop_token& stop, bool is_for_pictures) {
    std::unique_lock lock(mutex_);
    if (!work_came_.wait(lock, stop, [&] { return next(is_for_pictures).has_value(); })) return std::nullopt;
    const Pace pace = *next(is_for_pictures);
    std::deque<Work>& queue = waiting(pace);
    count(pace, 1);
    std::optional<Taken> taken({pace, std::move(queue.front())});
    queue.pop_front();
    return taken;
}

void Pool::loop(const std::stop_token& stop, bool is_for_pictures) {
    std::optional<outbox::Views> views;
    const Desk desk{[&]() -> const outbox::Views& {
                        if (!views) views.emplace(database_);
                        return *views;
                    },
                    stop};
    while (const std::optional<Taken> taken = take(stop, is_for_pictures)) {
        taken->work(desk);
        if (taken->pace != Pace::slow && taken->pace != Pace::reader) continue;
        const std::lock_guard lock(mutex_);
        count(taken->pace, -1);
        work_came_.notify_all();
    }
}

}  // namespace web
