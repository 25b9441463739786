/// Ages: the last count of what is undelivered by age, shared by all who ask for it.
///
/// Any thread. To count millions of jobs takes a second, so one thread counts at a time, and what it found is good for
/// a while: the more there is to count, the longer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "outbox/views.h"

namespace web {

class Ages {
public:
    using Count = std::function<outbox::AgesView()>;

    /// The last count, where it is still good, or no older than a minute and somebody is counting anew; else what
    /// `count` gives. Waits while somebody counts, and there is none of the last minute. Passes on what `count` throws,
    /// and the next who asks tries again.
    outbox::AgesView get(outbox::Instant now, const Count& count);

    /// How long a count is good for.
    static std::chrono::milliseconds good_for(const outbox::AgesView& ages);

private:
    bool is_younger(outbox::Instant now, std::chrono::milliseconds than) const;

    std::mutex mutex_;  ///< guards the rest
    std::condition_variable counted_;
    std::optional<outbox::AgesView> last_;
    bool is_counting_ = false;
};

}  // namespace web
