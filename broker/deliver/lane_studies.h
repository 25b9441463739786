/// LaneStudies: one of a lane's workers at a time registers the next study, where the destination wants that.
///
/// Any thread. What is registered lets the others claim; they are woken.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "broker/deliver/registering.h"

namespace broker::deliver {

class LaneStudies {
public:
    /// `registering` may be null: then there is nothing to do. `wake` is told whenever a study was looked at.
    LaneStudies(std::unique_ptr<Registering> registering, std::function<void()> wake)
        : registering_(std::move(registering)), wake_(std::move(wake)) {}

    /// As Registering::look; busy where another worker is at it.
    Registering::Look look(outbox::Instant now) {
        if (!registering_) return {};
        const std::unique_lock turn(turn_, std::try_to_lock);
        if (!turn) return {.is_busy = true};
        const auto look = registering_->look(now);
        if (look.has_looked) wake_();
        return look;
    }
    void interrupt() {
        if (registering_) registering_->interrupt();
    }

private:
    const std::unique_ptr<Registering> registering_;
    const std::function<void()> wake_;
    std::mutex turn_;  ///< of the worker that looks
};

}  // namespace broker::deliver
