/// Clock: the only place that asks the system what time it is.
///
/// Any thread. Wall time is for rows, logs and pages; monotonic time for timeouts and rates; the two do not convert.
#pragma once

#include <chrono>

#include "outbox/ids.h"

namespace broker {

using Monotonic = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    virtual outbox::Instant now() const = 0;
    virtual Monotonic monotonic() const = 0;
};

/// The machine's clocks.
class SystemClock : public Clock {
public:
    outbox::Instant now() const override;
    Monotonic monotonic() const override;
};

}  // namespace broker
