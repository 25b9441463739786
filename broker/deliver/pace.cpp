// Whoever waits grants for all, so that no thread of its own is needed.
#include "broker/deliver/pace.h"

#include <algorithm>
#include <cassert>

#include "broker/deliver/day.h"

namespace broker::deliver {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds burst{100};
constexpr std::size_t piece_floor = 1024, piece_cap = 128 * 1024;

/// A twentieth of a second's bytes, at the slowest rate of the day.
std::size_t piece_of(const std::vector<config::Bandwidth>& bandwidth) {
    std::uint64_t piece = piece_cap;
    for (const config::Bandwidth& each : bandwidth) piece = std::min(piece, each.rate.bytes_per_second / 20);
    return std::max<std::size_t>(piece, piece_floor) & ~std::size_t{1};
}

}  // namespace

Pace::Pace(const Clock& clock, std::vector<config::Bandwidth> bandwidth)
    : clock_(clock), bandwidth_(std::move(bandwidth)), piece_max_(piece_of(bandwidth_)), bucket_(burst) {
    for (const config::Bandwidth& each : bandwidth_) assert(each.rate.bytes_per_second > 0);
}

std::size_t Pace::add_line() {
    std::lock_guard lock(mutex_);
    return bucket_.add_line();
}

bool Pace::take(std::size_t line, std::size_t bytes, const std::atomic<bool>& is_interrupted) {
    std::unique_lock lock(mutex_);
    const Bucket::Ticket ticket = bucket_.enter(line, bytes);
    ++waiting_;
    bool may_go = false;
    while (!is_interrupted) {
        const Monotonic now = clock_.monotonic();
        grant(now);
        may_go = granted_.erase(ticket) > 0;
        if (may_go) break;
        changed_.wait_for(lock, bucket_.next_at() - now);
    }
    --waiting_;
    if (may_go) bytes_ += bytes;
    bucket_.leave(ticket);
    granted_.erase(ticket);
    return may_go;
}

void Pace::grant(Monotonic now) {
    const auto rate = rate_at(bandwidth_, clock_.now());
    bool is_any = false;
    while (auto ticket = bucket_.grant(now, rate)) {
        granted_.insert(*ticket);
        is_any = true;
    }
    if (is_any) changed_.notify_all();
}

void Pace::wake() {
    std::lock_guard lock(mutex_);
    changed_.notify_all();
}

std::uint64_t Pace::bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
}

std::size_t Pace::waiting_count() const {
    std::lock_guard lock(mutex_);
    return waiting_ - granted_.size();
}

}  // namespace broker::deliver
