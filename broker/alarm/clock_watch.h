/// ClockWatch: what servers that answer us say the time is, beside our own clock.
///
/// Any thread. At most `servers_max` are remembered, each by its last answer.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "broker/alarm/facts.h"
#include "broker/clock.h"

namespace broker::alarm {

class ClockWatch {
public:
    explicit ClockWatch(const Clock& clock) : clock_(clock) {}

    static constexpr std::size_t servers_max = 32;

    /// A server told this in an answer that has just come.
    void heard(const std::string& server, std::chrono::sys_seconds date);
    std::vector<ClockReading> readings() const;

private:
    const Clock& clock_;
    mutable std::mutex mutex_;  ///< guards the rest
    std::map<std::string, ClockReading> readings_;
};

}  // namespace broker::alarm
