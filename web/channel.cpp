/// Channel: a streamed body on its way from the handler that makes it to the connection that sends it, a few pieces
/// long.
#include "web/channel.h"

#include <cassert>
#include <utility>

namespace web {

bool Channel::write(std::string bytes) {
    std::unique_lock lock(mutex_);
    room_came_.wait(lock, [this] { return is_abandoned_ || pieces_.size() < pieces_max_; });
    if (is_abandoned_) return false;
    pieces_.push_back({std::move(bytes), false, false});
    hand_over(lock);
    return true;
}

bool Channel::offer(std::string bytes) {
    std::unique_lock lock(mutex_);
    if (is_abandoned_ || pieces_.size() >= pieces_max_) return false;
    pieces_.push_back({std::move(bytes), false, false});
    hand_over(lock);
    return true;
}

bool Channel::is_abandoned() const {
    const std::lock_guard lock(mutex_);
    return is_abandoned_;
}

void Channel::end(bool is_whole) {
    std::unique_lock lock(mutex_);
    pieces_.push_back({{}, true, !is_whole});
    hand_over(lock);
}

void Channel::next(Take take) {
    std::unique_lock lock(mutex_);
    assert(!take_);
    take_ = std::move(take);
    hand_over(lock);
}

void Channel::abandon() {
    const std::lock_guard lock(mutex_);
    is_abandoned_ = true;
    pieces_.clear();
    room_came_.notify_all();
}

void Channel::hand_over(std::unique_lock<std::mutex>& lock) {
    if (!take_ || pieces_.empty()) return;
    const Take take = std::exchange(take_, nullptr);
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    room_came_.notify_one();
    lock.unlock();  // `take` may come back for the next piece
    take(std::move(piece));
}

}  // namespace web
