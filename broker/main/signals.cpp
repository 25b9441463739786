// Waiting for signals on one thread.
#include "broker/main/signals.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace broker {

Signals::Signals() {
    sigemptyset(&set_);
    for (int each : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, each);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

Signals::Told Signals::wait(std::optional<Monotonic> deadline, const Clock& clock) const {
    for (;;) {
        int signal = 0;
        if (deadline) {
            const auto left =
                std::max(std::chrono::nanoseconds(*deadline - clock.monotonic()), std::chrono::nanoseconds(0));
            const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
            const timespec timeout{seconds.count(), (left - seconds).count()};
            signal = sigtimedwait(&set_, nullptr, &timeout);
            if (signal < 0 && errno == EAGAIN) return Told::late;
        } else {
            signal = sigwaitinfo(&set_, nullptr);
        }
        if (signal == SIGHUP) return Told::reload;
        if (signal > 0) return Told::end;
    }
}

void Signals::end() const {
    ::kill(::getpid(), SIGTERM);
}

}  // namespace broker
