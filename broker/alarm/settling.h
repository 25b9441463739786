/// Settling: what of that which is raised now is news, what has changed, and what is over for long enough.
///
/// A value told the time; one thread at a time. What is over counts anew after a restart.
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "broker/alarm/rules.h"
#include "broker/clock.h"
#include "outbox/alarm.h"

namespace broker::alarm {

struct Changes {
    std::vector<outbox::Alarm> raised;
    std::vector<std::pair<outbox::AlarmId, outbox::Alarm>> changed;
    std::vector<outbox::AlarmView> cleared;
    bool empty() const { return raised.empty() && changed.empty() && cleared.empty(); }
};

struct Times {
    outbox::Instant now;
    Monotonic monotonic;
};

class Settling {
public:
    /// `open`: the alarms that the outbox has as raised. What comes back before `clear_after` never went.
    Changes settle(std::span<const outbox::AlarmView> open, std::span<const Raised> present,
                   std::chrono::milliseconds clear_after, const Times& times);

private:
    std::map<outbox::AlarmId, Monotonic> away_since_;
};

}  // namespace broker::alarm
