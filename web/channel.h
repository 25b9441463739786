/// Channel: a streamed body on its way from the handler that makes it to the connection that sends it, a few pieces
/// long.
///
/// One writer thread, which blocks while the channel is full, and one reader, which never blocks.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

namespace web {

struct Piece {
    std::string bytes;
    bool is_last = false;    ///< nothing follows, and `bytes` is empty
    bool is_broken = false;  ///< the last, and the body is not whole: the peer must see that
};

class Channel {
public:
    explicit Channel(std::size_t pieces_max) : pieces_max_(pieces_max) {}

    // The writer's side

    /// Waits for room. False: the reader is gone.
    bool write(std::string bytes);
    /// Never waits: false where there is no room, or the reader is gone.
    bool offer(std::string bytes);
    /// The last call of the writer.
    void end(bool is_whole);
    bool is_abandoned() const;

    // The reader's side

    using Take = std::function<void(Piece)>;
    /// Hands over the next piece as soon as there is one: now, or later from the writer's thread. One at a time.
    void next(Take take);
    /// The reader is gone: the writer's next `write` says so. Idempotent.
    void abandon();

private:
    void hand_over(std::unique_lock<std::mutex>& lock);

    const std::size_t pieces_max_;
    mutable std::mutex mutex_;  ///< guards all below
    std::condition_variable room_came_;
    std::deque<Piece> pieces_;
    Take take_;  ///< set while the reader waits
    bool is_abandoned_ = false;
};

}  // namespace web
