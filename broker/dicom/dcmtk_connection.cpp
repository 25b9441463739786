#include "broker/dicom/dcmtk_connection.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "broker/dicom/pdu_bytes.h"

namespace broker::dicom {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t read_ahead_bytes = 32 * 1024;  // what lies ahead is copied once more: no whole PDU
constexpr milliseconds wait_slice{250};              // how late a deadline may be seen that was set during the wait

void set_option(int fd, int option) {
    int on = 1;
    // Speed only: a socket that is not TCP, as in tests, does without.
    ::setsockopt(fd, IPPROTO_TCP, option, &on, sizeof on);
}

}  // namespace

DcmtkConnection::DcmtkConnection(Descriptor socket, std::shared_ptr<SocketControl> control,
                                 std::vector<std::byte> replay, std::unique_ptr<TlsSession> tls)
    : DcmTCPConnection(socket.get()), control_(std::move(control)), tls_(std::move(tls)), ahead_(std::move(replay)) {
    socket.release();
    ahead_end_ = ahead_.size();
    control_->bytes_in_ += ahead_end_;
    // TLS reads ahead by itself.
    if (!tls_) ahead_.resize(std::max(ahead_end_, read_ahead_bytes));
    if (tls_) tls_->attach(getSocket());
    if (tls_) wire_bytes_in_ = tls_->wire_bytes_in();
    // DCMTK 3.6.7 leaves its sockets open in the children we execute.
    ::fcntl(getSocket(), F_SETFD, FD_CLOEXEC);
    set_option(getSocket(), TCP_NODELAY);
    control_->attach(getSocket());
}

// The base class's destructor closes without passing through our overrides.
DcmtkConnection::~DcmtkConnection() {
    closeTransportConnection();
}

void DcmtkConnection::closeTransportConnection() {
    if (tls_ && !is_cut_short_ && getSocket() >= 0) tls_->say_goodbye();
    control_->detach();
    DcmTCPConnection::closeTransportConnection();
}

ssize_t DcmtkConnection::read(void* into, size_t size) {
    if (size == 0) return 0;
    if (ahead_begin_ == ahead_end_) return receive(into, size);
    const std::size_t taken = std::min(size, ahead_end_ - ahead_begin_);
    std::memcpy(into, ahead_.data() + ahead_begin_, taken);
    ahead_begin_ += taken;
    return static_cast<ssize_t>(taken);
}

ssize_t DcmtkConnection::receive(void* into, size_t size) {
    for (;;) {
        if (control_->is_cut_off()) return give_up(SocketEnd::cut_off, ECONNABORTED);
        if (Clock::now() >= control_->deadline()) return stop_reading(SocketEnd::deadline);
        const Moved moved = tls_ ? receive_tls(into, size) : receive_plain(into, size);
        // The kernel falls back to delayed ACKs by itself, so it is told each time; under TLS also where what came is
        // not for us, since the rest may wait for its ACK.
        if (moved.step == Moved::Step::done || tls_) set_option(getSocket(), TCP_QUICKACK);
        if (moved.step == Moved::Step::done) return static_cast<ssize_t>(moved.bytes);
        if (moved.step == Moved::Step::ended) {
            control_->ended(SocketEnd::closed_by_peer);
            return 0;
        }
        if (moved.step == Moved::Step::failed) return give_up(SocketEnd::failed, moved.error);
        if (!wait(moved.step, Direction::reading)) return -1;
    }
}

Moved DcmtkConnection::receive_plain(void* into, size_t size) {
    iovec parts[2] = {{into, size}, {ahead_.data(), ahead_.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    ssize_t got = 0;
    do got = ::recvmsg(getSocket(), &message, MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got == 0) return {Moved::Step::ended};
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {Moved::Step::wants_read};
    if (got < 0) return {Moved::Step::failed, 0, errno};
    const auto all = static_cast<std::size_t>(got);
    const std::size_t taken = std::min(all, size);
    ahead_begin_ = 0;
    ahead_end_ = all - taken;
    control_->bytes_in_.fetch_add(all, std::memory_order_relaxed);
    window_bytes_ += all;
    return {Moved::Step::done, taken};
}

Moved DcmtkConnection::receive_tls(void* into, size_t size) {
    const Moved moved = tls_->read(into, size);
    control_->bytes_in_.fetch_add(moved.bytes, std::memory_order_relaxed);
    // The minimum rate is about what comes, also while a record is not whole.
    window_bytes_ += tls_->wire_bytes_in() - wire_bytes_in_;
    wire_bytes_in_ = tls_->wire_bytes_in();
    return moved;
}

bool DcmtkConnection::is_too_slow() {
    const SocketLimits& limits = control_->limits_;
    const std::uint64_t message = control_->message_.load();
    if (message != window_message_) {
        window_message_ = message;
        window_bytes_ = 0;
        window_waited_ = {};
    }
    if (message % 2 == 0 || limits.min_bytes_per_second == 0 || window_waited_ < limits.min_rate_window) return false;
    const auto seconds = std::chrono::duration<double>(window_waited_).count();
    if (static_cast<double>(window_bytes_) < seconds * static_cast<double>(limits.min_bytes_per_second)) return true;
    window_bytes_ = 0;
    window_waited_ = {};
    return false;
}

SocketEnd DcmtkConnection::why_not_wait(Clock::time_point now, Clock::time_point idle_at, bool is_reading) {
    if (control_->is_cut_off()) return SocketEnd::cut_off;
    if (is_reading && control_->is_over()) return SocketEnd::stopped;
    if (now >= control_->deadline()) return SocketEnd::deadline;
    if (now >= idle_at) return SocketEnd::idle;
    if (is_reading && is_too_slow()) return SocketEnd::too_slow;
    return SocketEnd::none;
}

bool DcmtkConnection::wait(Moved::Step wanted, Direction direction) {
    const bool is_reading = direction == Direction::reading;
    const short events = wanted == Moved::Step::wants_read ? POLLIN : POLLOUT;
    auto now = Clock::now();
    const auto idle_at = now + control_->idle_.load();
    for (;;) {
        const SocketEnd end = why_not_wait(now, idle_at, is_reading);
        if (end == SocketEnd::cut_off || (end != SocketEnd::none && !is_reading)) give_up(end, ETIMEDOUT);
        if (end != SocketEnd::none && end != SocketEnd::cut_off && is_reading) stop_reading(end);
        if (end != SocketEnd::none) return false;
        const auto until = std::min({idle_at, control_->deadline(), now + wait_slice});
        const auto left = std::max(std::chrono::ceil<milliseconds>(until - now), milliseconds(0));
        pollfd watched{getSocket(), events, 0};
        const int ready = ::poll(&watched, 1, static_cast<int>(left.count()));
        if (ready < 0 && errno != EINTR) {
            give_up(SocketEnd::failed, errno);
            return false;
        }
        const auto after = Clock::now();
        window_waited_ += after - now;
        now = after;
        if (ready > 0) return true;
    }
}

ssize_t DcmtkConnection::write(void* from, size_t size) {
    const auto* bytes = static_cast<const std::byte*>(from);
    if (head_.empty() && size == pdata_head_bytes && bytes[0] == std::byte(PduType::p_data_tf)) {
        head_.assign(bytes, bytes + size);
        return static_cast<ssize_t>(size);
    }
    // Behind half a PDU any further bytes, an A-ABORT too, would be taken for the rest of it.
    if (is_cut_short_) return give_up(SocketEnd::failed, EPIPE);
    std::vector<std::byte> head;
    head.swap(head_);
    is_cut_short_ = true;
    const ssize_t sent = send(head, from, size);
    is_cut_short_ = sent < 0;
    return sent;
}

ssize_t DcmtkConnection::send(std::vector<std::byte>& head, void* from, size_t size) {
    std::span<const std::byte> rest(static_cast<const std::byte*>(from), size), first = head;
    if (tls_ && !head.empty()) {
        // In the same record, where they fit into one.
        head.insert(head.end(), rest.begin(), rest.end());
        rest = head;
        first = {};
    }
    while (!first.empty() || !rest.empty()) {
        if (control_->is_cut_off()) return give_up(SocketEnd::cut_off, ECONNABORTED);
        if (Clock::now() >= control_->deadline()) return give_up(SocketEnd::deadline, ETIMEDOUT);
        const Moved moved = tls_ ? tls_->write(rest.data(), rest.size()) : send_plain(first, rest);
        if (moved.step == Moved::Step::ended) return give_up(SocketEnd::closed_by_peer, EPIPE);
        if (moved.step == Moved::Step::failed) return give_up(SocketEnd::failed, moved.error);
        if (moved.step != Moved::Step::done && !wait(moved.step, Direction::writing)) return -1;
        control_->bytes_out_.fetch_add(moved.bytes, std::memory_order_relaxed);
        const std::size_t of_first = std::min(moved.bytes, first.size());
        first = first.subspan(of_first);
        rest = rest.subspan(moved.bytes - of_first);
    }
    return static_cast<ssize_t>(size);
}

Moved DcmtkConnection::send_plain(std::span<const std::byte> head, std::span<const std::byte> rest) {
    // The system's structure takes no const; nothing is changed.
    iovec parts[2] = {{const_cast<std::byte*>(head.data()), head.size()},
                      {const_cast<std::byte*>(rest.data()), rest.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    ssize_t sent = 0;
    do sent = ::sendmsg(getSocket(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0) return {Moved::Step::done, static_cast<std::size_t>(sent)};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Moved::Step::wants_write};
    return {Moved::Step::failed, 0, errno};
}

// DCMTK closes without a word what it cannot read from; the peer is owed an A-ABORT (PS3.8 9.3.8, from the provider).
ssize_t DcmtkConnection::stop_reading(SocketEnd end) {
    constexpr std::array<unsigned char, 10> abort_pdu{7, 0, 0, 0, 0, 4, 0, 0, 2, 0};
    if (!is_cut_short_ && tls_) tls_->write(abort_pdu.data(), abort_pdu.size());
    if (!is_cut_short_ && !tls_) ::send(getSocket(), abort_pdu.data(), abort_pdu.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return give_up(end, ETIMEDOUT);
}

ssize_t DcmtkConnection::give_up(SocketEnd end, int error) {
    control_->ended(end);
    errno = error;
    return -1;
}

// What comes over the socket may be TLS's own: a ticket, a new key. Only reading shows whether it is for us.
bool DcmtkConnection::is_readable() {
    if (!tls_) return true;
    const Moved::Step step = tls_->peek();
    return step != Moved::Step::wants_read && step != Moved::Step::wants_write;
}

OFBool DcmtkConnection::networkDataAvailable(int timeout_s) {
    if (ahead_begin_ < ahead_end_ || (tls_ && is_readable())) return OFTrue;
    // DCMTK passes what is left of its timer, which may be less than nothing.
    auto until = Clock::now() + std::chrono::seconds(std::max(timeout_s, 0));
    until = std::min(until, control_->deadline());
    for (;;) {
        // The read that follows says so.
        if (control_->is_cut_off() || control_->is_over()) return OFTrue;
        const auto left = std::max(std::chrono::ceil<milliseconds>(until - Clock::now()), milliseconds(0));
        pollfd watched{getSocket(), POLLIN, 0};
        const int ready = ::poll(&watched, 1, static_cast<int>(left.count()));
        if (ready > 0 && is_readable()) return OFTrue;
        if (ready == 0 || (ready < 0 && errno != EINTR) || Clock::now() >= until) return OFFalse;
    }
}

DcmtkAcceptorLayer::DcmtkAcceptorLayer(Descriptor socket, std::shared_ptr<SocketControl> control,
                                       std::vector<std::byte> replay, std::unique_ptr<TlsSession> tls)
    : socket_(std::move(socket)), control_(std::move(control)), replay_(std::move(replay)), tls_(std::move(tls)) {}

DcmTransportConnection* DcmtkAcceptorLayer::createConnection(DcmNativeSocketType, OFBool) {
    // Answering null would make DCMTK close the dummy socket that every association shares (dcmtk_start.cpp).
    assert(socket_.is_open());
    return new DcmtkConnection(std::move(socket_), control_, std::move(replay_), std::move(tls_));
}

}  // namespace broker::dicom
