// Resolving runs on a thread of its own, since the system's resolver can neither be bounded nor cancelled.
#include "broker/deliver/dicom/connect.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace broker::deliver {

namespace {

using std::chrono::milliseconds;
using Instant = std::chrono::steady_clock::time_point;

constexpr milliseconds slice{100};

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Event unreachable(Unreachable why) {
    return {Happening::unreachable, static_cast<std::uint32_t>(why), false};
}
Event out_of_descriptors() {
    return {Happening::out_of_descriptors, 0, false};
}

struct Resolving {
    std::mutex mutex;  ///< guards all below
    std::condition_variable done;
    bool is_done = false;
    int error = 0;
    Addresses addresses;
};

int look_up(const Endpoint& endpoint, int flags, Addresses& addresses) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    int error = ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &list);
    if (error == 0) addresses.reset(list);
    return error;
}

std::variant<Addresses, Event> resolved(int error, Addresses addresses) {
    if (error == 0) return addresses;
    if (error == EAI_NONAME || error == EAI_FAIL || error == EAI_NODATA) return unreachable(Unreachable::no_such_name);
    if (error == EAI_MEMORY) return out_of_descriptors();
    return unreachable(Unreachable::name_unresolved);
}

std::variant<Addresses, Event> resolve(const Endpoint& endpoint, Instant until,
                                       const std::function<bool()>& is_cancelled) {
    Addresses literal;
    if (look_up(endpoint, AI_NUMERICHOST, literal) == 0) return literal;
    auto state = std::make_shared<Resolving>();
    try {
        // Not joined: a resolver without a network answers after half a minute, and a stop must not wait for it. It
        // touches nothing but `state`, which it shares.
        std::thread([state, endpoint] {
            Addresses found;
            int error = look_up(endpoint, 0, found);
            std::lock_guard lock(state->mutex);
            state->error = error;
            state->addresses = std::move(found);
            state->is_done = true;
            state->done.notify_all();
        }).detach();
    } catch (const std::system_error&) {
        return out_of_descriptors();
    }
    std::unique_lock lock(state->mutex);
    while (!state->is_done && !is_cancelled() && std::chrono::steady_clock::now() < until)
        state->done.wait_for(lock, slice);
    if (!state->is_done) return unreachable(Unreachable::name_unresolved);
    return resolved(state->error, std::move(state->addresses));
}

Event failure(int error) {
    switch (error) {
        case ECONNREFUSED:
            return unreachable(Unreachable::refused);
        case EHOSTUNREACH:
        case ENETUNREACH:
        case EAFNOSUPPORT:
            return unreachable(Unreachable::no_route);
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        case EADDRNOTAVAIL:
            return out_of_descriptors();
        default:
            return unreachable(Unreachable::timed_out);
    }
}

/// 0 once the socket is ready for that, or the errno of the failure.
int wait_for(pollfd watched, Instant until, const std::function<bool()>& is_cancelled) {
    for (;;) {
        auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
        if (left <= milliseconds(0) || is_cancelled()) return ETIMEDOUT;
        int ready = ::poll(&watched, 1, static_cast<int>(std::min(left, slice).count()));
        if (ready < 0 && errno != EINTR) return errno;
        if (ready > 0) return 0;
    }
}

/// 0, or the errno of the failure.
int wait_connected(int fd, Instant until, const std::function<bool()>& is_cancelled) {
    if (int error = wait_for({fd, POLLOUT, 0}, until, is_cancelled); error != 0) return error;
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

std::ptrdiff_t count(const addrinfo* list) {
    std::ptrdiff_t count = 0;
    for (; list != nullptr; list = list->ai_next) ++count;
    return count;
}

std::variant<Connected, Event> secure(Connected connected, const dicom::TlsClient& client, Instant until,
                                      const std::function<bool()>& is_cancelled) {
    using Step = dicom::Moved::Step;
    const int fd = connected.socket.get();
    connected.tls = client.session(fd);
    for (;;) {
        const Step step = connected.tls->handshake();
        // Against 40 ms for each small write of a peer that has Nagle on; speed only.
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        if (step == Step::done) return connected;
        if (step == Step::ended || step == Step::failed) return tls_refused(connected.tls->fault());
        const short wanted = step == Step::wants_read ? POLLIN : POLLOUT;
        if (wait_for({fd, wanted, 0}, until, is_cancelled) != 0) return tls_refused(dicom::TlsFault::timed_out);
    }
}

}  // namespace

std::variant<Connected, Event> connect_to(const Endpoint& endpoint, milliseconds timeout,
                                          const std::function<bool()>& is_cancelled) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    auto found = resolve(endpoint, until, is_cancelled);
    if (auto* event = std::get_if<Event>(&found)) return *event;
    Event last = unreachable(Unreachable::no_such_name);
    const addrinfo* const first = std::get<Addresses>(found).get();
    auto left = count(first);
    for (const addrinfo* each = first; each != nullptr; each = each->ai_next, --left) {
        // An address that swallows every packet must leave time for the next one.
        const auto now = std::chrono::steady_clock::now();
        const auto its_until = now + (until - now) / left;
        dicom::Descriptor socket(
            ::socket(each->ai_family, each->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, each->ai_protocol));
        if (!socket.is_open()) {
            last = failure(errno);
            continue;
        }
        int error = ::connect(socket.get(), each->ai_addr, each->ai_addrlen) == 0 ? 0 : errno;
        if (error == EINPROGRESS || error == EINTR) error = wait_connected(socket.get(), its_until, is_cancelled);
        if (error == 0 && endpoint.tls) return secure({std::move(socket), nullptr}, *endpoint.tls, until, is_cancelled);
        if (error == 0) return Connected{std::move(socket), nullptr};
        last = failure(error);
    }
    return last;
}

}  // namespace broker::deliver
