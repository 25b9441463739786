#include "broker/http/tcp.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

namespace broker::http {
namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Address = std::unique_ptr<addrinfo, FreeAddresses>;

/// Asks nobody. Null where `text` is no address.
Address literal(const std::string& text, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    if (::getaddrinfo(text.c_str(), std::to_string(port).c_str(), &hints, &list) != 0) return nullptr;
    return Address(list);
}

/// 169.254.0.0/16, also as an IPv6 address, and fe80::/10.
bool is_link_local(const sockaddr* address) {
    if (address->sa_family == AF_INET) {
        sockaddr_in four;
        std::memcpy(&four, address, sizeof four);
        return (ntohl(four.sin_addr.s_addr) >> 16) == 0xA9FE;
    }
    sockaddr_in6 six;
    std::memcpy(&six, address, sizeof six);
    const unsigned char* bytes = six.sin6_addr.s6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) return bytes[12] == 0xA9 && bytes[13] == 0xFE;
    return IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr);
}

Fault fault_of(int error) {
    switch (error) {
        case ECONNREFUSED:
            return Fault::refused;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        case EADDRNOTAVAIL:
            return Fault::out_of_descriptors;
        case ETIMEDOUT:
            return Fault::connect_timed_out;
        default:
            return Fault::unreachable;
    }
}

std::variant<dicom::Descriptor, Failure> connect_to(const addrinfo& address, const Interrupt& interrupt,
                                                    Monotonic until) {
    dicom::Descriptor socket(
        ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol));
    if (!socket.is_open()) return Failure{.fault = fault_of(errno)};
    // Pieces are as large as they are meant to be; waiting for more would only delay the last one.
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int error = ::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS || error == EINTR) {
        const Woken woken = wait_for(socket.get(), POLLOUT, interrupt, until);
        if (woken == Woken::interrupted) return Failure{.fault = Fault::interrupted};
        if (woken == Woken::late) return Failure{.fault = Fault::connect_timed_out};
        socklen_t size = sizeof error;
        if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    }
    if (error != 0) return Failure{.fault = fault_of(error)};
    return socket;
}

}  // namespace

std::variant<dicom::Descriptor, Failure> connect_tcp(const Url& where, const Options& options,
                                                     const Interrupt& interrupt, Monotonic until) {
    if (const Address one = literal(where.host(), where.port())) return connect_to(*one, interrupt, until);
    auto found = resolve_within(options.resolve, where.host(), interrupt, until);
    if (const auto* failure = std::get_if<Failure>(&found)) return *failure;
    const auto& [answer, addresses] = std::get<Resolution>(found);
    if (answer == Resolution::Answer::unresolved) return Failure{.fault = Fault::unresolved};
    Failure last{.fault = Fault::no_such_name};
    for (auto left = static_cast<std::ptrdiff_t>(addresses.size()); const std::string& text : addresses) {
        // An address that swallows every packet must leave time for the next one.
        const auto now = std::chrono::steady_clock::now();
        const auto its_until = now + (until - now) / left--;
        const Address address = literal(text, where.port());
        if (!address) continue;
        if (!options.allows_link_local_names && is_link_local(address->ai_addr)) {
            last = Failure{.fault = Fault::address_denied};
            continue;
        }
        auto connected = connect_to(*address, interrupt, its_until);
        const auto* failure = std::get_if<Failure>(&connected);
        if (failure == nullptr || failure->fault == Fault::interrupted) return connected;
        last = *failure;
    }
    return last;
}

}  // namespace broker::http
