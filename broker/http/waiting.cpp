#include "broker/http/waiting.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace broker::http {

Woken wait_for(int descriptor, short events, const Interrupt& interrupt, Monotonic until) {
    using std::chrono::milliseconds;
    std::array<pollfd, 2> watched{pollfd{interrupt.descriptor(), POLLIN, 0}, pollfd{descriptor, events, 0}};
    for (;;) {
        // The longest wait is short enough for poll's int.
        const auto left = std::clamp(std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now()),
                                     milliseconds(0), milliseconds(std::chrono::hours(1)));
        const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(left.count()));
        if (interrupt.is_raised()) return Woken::interrupted;
        if (ready > 0 && watched[1].revents != 0) return Woken::ready;
        if (ready < 0 && errno != EINTR) return Woken::late;
        if (std::chrono::steady_clock::now() >= until) return Woken::late;
    }
}

}  // namespace broker::http
