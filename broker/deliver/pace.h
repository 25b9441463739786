/// Pace: the bandwidth of a destination or of a link that several share: senders wait here before their bytes leave.
///
/// Any thread. The clock outlives it. The rate is that of the moment at which a piece goes, by the node's wall; what
/// went is counted in monotonic time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <vector>

#include "broker/config/destination.h"
#include "broker/deliver/bucket.h"

namespace broker::deliver {

class Pace {
public:
    /// `bandwidth`: rates above zero, or empty: no limit.
    Pace(const Clock& clock, std::vector<config::Bandwidth> bandwidth);

    /// A line for one destination: lines share evenly, however many senders wait in one.
    std::size_t add_line();

    /// True when `bytes` may go; they are counted. False when `is_interrupted` became true, of which `wake` tells.
    /// Blocks until either.
    bool take(std::size_t line, std::size_t bytes, const std::atomic<bool>& is_interrupted);
    /// Those who wait look at the clock and at their `is_interrupted` again. Doesn't block.
    void wake();

    /// Bytes of the pieces to take, even: short enough to keep the slowest rate smooth, long enough to be worth a
    /// write.
    std::size_t piece_max() const { return piece_max_; }
    /// All that were taken.
    std::uint64_t bytes() const;
    /// How many wait now to be let go.
    std::size_t waiting_count() const;

private:
    void grant(Monotonic now);

    const Clock& clock_;
    const std::vector<config::Bandwidth> bandwidth_;
    const std::size_t piece_max_;

    mutable std::mutex mutex_;  ///< guards all below
    std::condition_variable changed_;
    Bucket bucket_;
    std::set<Bucket::Ticket> granted_;
    std::uint64_t bytes_ = 0;
    std::size_t waiting_ = 0;
};

}  // namespace broker::deliver
