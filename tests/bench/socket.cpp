#include "tests/bench/socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace bench {

[[noreturn]] static void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

Socket::Socket(int descriptor) : descriptor_(descriptor), buffer_(64 * 1024, '\0') {
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Socket::~Socket() {
    ::close(descriptor_);
}

int Socket::connect(const std::string& host, std::uint16_t port) {
    addrinfo wanted{}, *found = nullptr;
    wanted.ai_family = AF_INET;
    wanted.ai_socktype = SOCK_STREAM;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found) != 0)
        throw std::runtime_error("no such host: " + host);
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int result = ::connect(descriptor, found->ai_addr, found->ai_addrlen);
    ::freeaddrinfo(found);
    if (result == 0) return descriptor;
    ::close(descriptor);
    fail("cannot connect to port " + std::to_string(port));
}

int Socket::listen(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr any{};
    std::memcpy(&any, &address, sizeof any);
    if (::bind(descriptor, &any, sizeof any) != 0 || ::listen(descriptor, 256) != 0) fail("cannot listen");
    return descriptor;
}

std::uint16_t Socket::port_of(int listener) {
    sockaddr any{};
    socklen_t size = sizeof any;
    if (::getsockname(listener, &any, &size) != 0) fail("no port");
    sockaddr_in address{};
    std::memcpy(&address, &any, sizeof any);
    return ntohs(address.sin_port);
}

void Socket::send(const std::string& bytes) {
    // iovec is of both directions, hence not const.
    send(std::vector<iovec>{{const_cast<char*>(bytes.data()), bytes.size()}});
}

void Socket::send(const std::vector<iovec>& pieces) {
    std::vector<iovec> left(pieces);
    for (std::size_t at = 0; at < left.size();) {
        msghdr message{};
        message.msg_iov = &left[at];
        message.msg_iovlen = std::min<std::size_t>(left.size() - at, IOV_MAX);
        const ssize_t sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) fail("cannot send");
        std::size_t rest = static_cast<std::size_t>(sent);
        for (; at < left.size() && rest >= left[at].iov_len; ++at) rest -= left[at].iov_len;
        if (at == left.size()) break;
        left[at].iov_base = static_cast<char*>(left[at].iov_base) + rest;
        left[at].iov_len -= rest;
    }
}

bool Socket::fill() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ == buffer_.size()) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= std::exchange(begin_, 0);
    }
    ssize_t got = -1;
    do {
        got = ::recv(descriptor_, buffer_.data() + end_, buffer_.size() - end_, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == ECONNRESET) return false;  // a peer that was killed has closed, too
    if (got < 0) fail("cannot receive");
    end_ += static_cast<std::size_t>(got);
    return got > 0;
}

std::optional<std::string> Socket::take(std::size_t size) {
    std::string result;
    while (result.size() < size) {
        if (begin_ == end_ && !fill()) {
            if (result.empty()) return std::nullopt;
            throw std::runtime_error("the peer closed in the middle");
        }
        const std::size_t some = std::min(size - result.size(), end_ - begin_);
        result.append(buffer_, begin_, some);
        begin_ += some;
    }
    return result;
}

void Socket::drop(std::uint64_t size) {
    const std::uint64_t here = std::min<std::uint64_t>(size, end_ - begin_);
    begin_ += here;
    for (size -= here; size > 0;) {
        const ssize_t got = ::recv(descriptor_, nullptr, std::min<std::uint64_t>(size, 1 << 20), MSG_TRUNC);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("cannot receive");
        if (got == 0) throw std::runtime_error("the peer closed in the middle");
        size -= static_cast<std::uint64_t>(got);
    }
}

}  // namespace bench
