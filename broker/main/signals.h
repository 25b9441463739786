/// Signals: how the process is told to end, from outside and from inside.
///
/// Construct before any thread is made: the signals are blocked in all of them and waited for in one place.
#pragma once

#include <csignal>
#include <optional>

#include "broker/clock.h"

namespace broker {

class Signals {
public:
    Signals();

    enum class Told {
        end,     ///< SIGTERM, SIGINT, or `end`
        reload,  ///< SIGHUP
        late,    ///< the deadline came
    };
    /// Waits until somebody says something, or until the deadline.
    Told wait(std::optional<Monotonic> deadline, const Clock& clock) const;

    /// Makes `wait` return `end`. Any thread.
    void end() const;

private:
    sigset_t set_;
};

}  // namespace broker
