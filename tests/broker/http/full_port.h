/// FullPort: a port of loopback that listens but takes no connection.
///
/// One thread at a time.
#pragma once

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace http_rig {

/// Its queue is full.
class FullPort {
public:
    /// 0: any port. `last`: of the address 127.0.0.x.
    explicit FullPort(std::uint16_t port = 0, std::uint32_t last = 1)
        : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl((INADDR_LOOPBACK & 0xFFFFFF00) | last);
        address.sin_port = htons(port);
        socklen_t size = sizeof address;
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(listener_, 0) == 0);
        REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        for (int& waiting : waiting_) {
            waiting = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            ::connect(waiting, reinterpret_cast<sockaddr*>(&address), size);
        }
    }
    ~FullPort() {
        for (const int waiting : waiting_) ::close(waiting);
        ::close(listener_);
    }
    std::uint16_t port() const { return port_; }

private:
    int listener_;
    std::uint16_t port_ = 0;
    int waiting_[4];
};

}  // namespace http_rig
