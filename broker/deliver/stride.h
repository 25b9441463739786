/// Stride: one sender's steps, which keep to every pace that applies to its destination.
///
/// One thread at a time, save `interrupt`. Without a pace everything may go at once.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "broker/deliver/pace.h"

namespace broker::deliver {

/// A destination's line at a pace.
struct PaceLine {
    std::shared_ptr<Pace> pace;
    std::size_t line = 0;
};

class Stride {
public:
    explicit Stride(std::vector<PaceLine> lines = {}) : lines_(std::move(lines)) {}

    /// Blocks until every pace has let `bytes` go, at most `piece_max` at once for a smooth flow. False: interrupted.
    bool take(std::size_t bytes);
    /// The shortest of the paces; the largest number there is without any.
    std::size_t piece_max() const;
    /// Any thread: nothing more may go, and who waits stops waiting at once. For good.
    void interrupt();

private:
    const std::vector<PaceLine> lines_;
    std::atomic<bool> is_interrupted_ = false;
};

}  // namespace broker::deliver
