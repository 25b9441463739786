// Take all that waits, write it, say so.
#include "broker/deliver/clerk.h"

#include <algorithm>
#include <utility>

#include "broker/deliver/lane_log.h"

namespace broker::deliver {

namespace {

// A second late is soon enough for a disk that somebody has to clear, and short enough to end with a stop.
constexpr std::chrono::seconds full_disk_pause{1};

bool is_due_again(const Entry& entry) {
    return entry.verb == outbox::Verb::defer || entry.verb == outbox::Verb::doubt || entry.confirm_due_at;
}

}  // namespace

Clerk::Clerk(LaneBooks& books, const Clock& clock, std::string destination, std::function<void()> moved)
    : books_(books), clock_(clock), destination_(std::move(destination)), moved_(std::move(moved)) {}

Clerk::~Clerk() {
    stop();
}

void Clerk::start() {
    thread_ = std::jthread([this] { run(); });
}

void Clerk::give(Entry entry) {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(entry));
    changed_.notify_all();
}

void Clerk::flush() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return (waiting_.empty() && !is_busy_) || !thread_.joinable(); });
}

void Clerk::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

Throughput Clerk::throughput() const {
    std::lock_guard lock(mutex_);
    return rate_.present(clock_.monotonic());
}

Rate::Recent Clerk::recent() const {
    std::lock_guard lock(mutex_);
    return rate_.recent(clock_.monotonic());
}

void Clerk::count(const std::vector<Entry>& entries) {
    std::lock_guard lock(mutex_);
    const Monotonic now = clock_.monotonic();
    for (const Entry& each : entries) {
        if (each.verb != outbox::Verb::deliver) continue;
        rate_.note(now, each.settlement.bytes);
        if (each.claimed_at) delivery_times_.note(now - *each.claimed_at);
    }
}

void Clerk::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return !waiting_.empty() || is_stopping_; });
        if (waiting_.empty()) return;
        std::vector<Entry> entries = std::exchange(waiting_, {});
        is_busy_ = true;
        lock.unlock();
        while (!settle(entries)) {
            std::unique_lock pause(mutex_);
            // What cannot be written before the stop is uncertain at the next start, which is the truth then.
            if (changed_.wait_for(pause, full_disk_pause, [&] { return is_stopping_; })) break;
        }
        if (std::any_of(entries.begin(), entries.end(), is_due_again)) moved_();
        lock.lock();
        is_busy_ = false;
        changed_.notify_all();
    }
}

/// False: the disk is full, try again.
bool Clerk::settle(const std::vector<Entry>& entries) {
    try {
        books_.settle(entries);
        count(entries);
        for (const Entry& each : entries)
            if (each.reason == outbox::Reason::damaged) books_.damaged(each.digest, each.settlement.at);
    } catch (const outbox::Error& error) {
        log_error("outcome_not_recorded", destination_, error.what());
        return error.code() != outbox::Errc::no_space;
    } catch (const std::exception& error) {
        // Stopped, or a spool that failed while a damaged blob was looked at: the jobs are held or uncertain.
        log_error("outcome_not_recorded", destination_, error.what());
    }
    return true;
}

}  // namespace broker::deliver
