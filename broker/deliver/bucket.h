/// Bucket: the order and the instants at which pieces of several lines may go over one link, at a rate.
///
/// A value told the time; one thread at a time. Among lines the bytes are shared out evenly, whatever the size of their
/// pieces and however many wait in one (start-time fair queueing); within a line who came first goes first.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "broker/clock.h"
#include "broker/config/units.h"

namespace broker::deliver {

class Bucket {
public:
    using Ticket = std::uint64_t;

    /// After a pause, what would have gone in `burst` may go at once, and one piece more. A line that nobody waited in
    /// for a moment makes up for as much.
    explicit Bucket(std::chrono::milliseconds burst) : burst_(burst) {}

    /// A line of its own, beside those there are.
    std::size_t add_line();
    /// A piece waits in the line.
    Ticket enter(std::size_t line, std::size_t bytes);
    /// It waits no more.
    void leave(Ticket ticket);
    /// The piece that goes now, if one waits and the rate lets it; it is paid for by those after it. Without a rate all
    /// may go.
    std::optional<Ticket> grant(Monotonic now, std::optional<config::Rate> rate);
    /// Before then nothing is granted.
    Monotonic next_at() const { return next_at_; }

private:
    struct Piece {
        Ticket ticket;
        std::size_t bytes;
    };
    struct Line {
        std::deque<Piece> waiting;
        std::uint64_t start = 0;  ///< of the first that waits, in bytes of the shared count
        std::uint64_t end = 0;    ///< of the last that went
    };

    const std::chrono::milliseconds burst_;
    std::vector<Line> lines_;
    Monotonic next_at_{};
    std::uint64_t count_ = 0;    ///< the start of the last piece that went
    std::uint64_t arrears_ = 0;  ///< how far behind `count_` a line comes in that was away for a while
    Ticket last_ = 0;
};

}  // namespace broker::deliver
