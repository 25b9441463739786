// The machine's clocks.
#include "broker/clock.h"

namespace broker {

outbox::Instant SystemClock::now() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Monotonic SystemClock::monotonic() const {
    return std::chrono::steady_clock::now();
}

}  // namespace broker
