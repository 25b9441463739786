#include "broker/dicom/socket_control.h"

#include <sys/socket.h>

namespace broker::dicom {

const char* to_string(SocketEnd end) {
    switch (end) {
        case SocketEnd::none:
            return "none";
        case SocketEnd::closed_by_peer:
            return "closed_by_peer";
        case SocketEnd::idle:
            return "idle";
        case SocketEnd::deadline:
            return "deadline";
        case SocketEnd::too_slow:
            return "too_slow";
        case SocketEnd::stopped:
            return "stopped";
        case SocketEnd::cut_off:
            return "cut_off";
        case SocketEnd::failed:
            return "failed";
    }
    return "?";
}

void SocketControl::cut_off() {
    is_cut_off_.store(true);
    ended(SocketEnd::cut_off);
    std::lock_guard lock(mutex_);
    // Wakes whoever waits in poll; the descriptor stays, its owner closes it.
    if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

void SocketControl::attach(int fd) {
    std::lock_guard lock(mutex_);
    fd_ = fd;
    if (is_cut_off_.load()) ::shutdown(fd_, SHUT_RDWR);
}

void SocketControl::detach() {
    std::lock_guard lock(mutex_);
    fd_ = -1;
}

void SocketControl::ended(SocketEnd end) {
    // The first cause is the true one: what follows is its echo.
    SocketEnd expected = SocketEnd::none;
    end_.compare_exchange_strong(expected, end);
}

}  // namespace broker::dicom
