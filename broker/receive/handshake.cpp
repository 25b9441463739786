#include "broker/receive/handshake.h"

#include <fcntl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace broker::receive {
namespace {

namespace asio = boost::asio;
constexpr auto awaited = asio::experimental::as_tuple(asio::use_awaitable);
// Here the result of a co_await gets a name before it is looked at: GCC 12 makes an invalid instruction of
// `if (!co_await …) co_return;`.
constexpr std::byte tls_handshake_record{22};        // RFC 8446 5.1
constexpr std::size_t drain_bytes_max = 256 * 1024;  // of what a refused peer may still have to say

}  // namespace

void Handshake::limit(std::chrono::milliseconds timeout) {
    timer_.expires_after(timeout);
    // Closing, not cancelling: whatever the coroutine begins next must fail, too.
    timer_.async_wait([self = shared_from_this()](boost::system::error_code stopped) {
        if (stopped) return;
        self->is_timed_out_ = true;
        self->close();
    });
}

/// False once the socket is closed: then its descriptor may be somebody else's, and the TLS session must not be used.
asio::awaitable<bool> Handshake::ready(dicom::Moved::Step wanted) {
    const auto what =
        wanted == dicom::Moved::Step::wants_read ? asio::ip::tcp::socket::wait_read : asio::ip::tcp::socket::wait_write;
    const auto [failed] = co_await socket_.async_wait(what, awaited);
    co_return !failed && socket_.is_open();
}

asio::awaitable<std::optional<std::string>> Handshake::secure(const dicom::TlsServer& server) {
    using Step = dicom::Moved::Step;
    // Whoever looks whether the port is open, and says nothing, is refused nothing.
    std::byte first{};
    const bool is_spoken_to = co_await ready(Step::wants_read);
    if (!is_spoken_to) co_return std::nullopt;
    if (::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1) {
        close();
        co_return std::nullopt;
    }
    if (first != tls_handshake_record) {
        co_await explain_plain();
        co_return "not_tls";
    }
    tls_ = server.session(socket_.native_handle());
    for (;;) {
        const Step step = tls_->handshake();
        if (step == Step::done) co_return std::nullopt;
        if (step == Step::failed || step == Step::ended) break;
        const bool is_ready = co_await ready(step);
        if (is_ready) continue;
        tls_.reset();
        if (is_timed_out_) co_return "timed_out";
        co_return std::nullopt;  // we are stopping
    }
    const std::string why = tls_->reason();
    tls_.reset();
    co_await drain();
    co_return why;
}

/// Whoever speaks plain DICOM on this port understands an A-ABORT, and nothing of TLS.
asio::awaitable<void> Handshake::explain_plain() {
    constexpr std::array<unsigned char, 10> abort_pdu{7, 0, 0, 0, 0, 4, 0, 0, 2, 0};
    const bool is_sent = co_await write_all(asio::buffer(abort_pdu));
    if (is_sent) co_await drain();
}

asio::awaitable<bool> Handshake::read_all(asio::mutable_buffer into) {
    if (!tls_) {
        const auto [failed, got] = co_await asio::async_read(socket_, into, awaited);
        co_return !failed;
    }
    while (into.size() > 0 && socket_.is_open()) {
        const dicom::Moved moved = tls_->read(into.data(), into.size());
        if (moved.step == dicom::Moved::Step::failed || moved.step == dicom::Moved::Step::ended) co_return false;
        if (moved.step == dicom::Moved::Step::done) {
            into += moved.bytes;
            continue;
        }
        const bool is_ready = co_await ready(moved.step);
        if (!is_ready) co_return false;
    }
    co_return into.size() == 0;
}

asio::awaitable<bool> Handshake::write_all(asio::const_buffer bytes) {
    if (!tls_) {
        const auto [failed, sent] = co_await asio::async_write(socket_, bytes, awaited);
        co_return !failed;
    }
    while (bytes.size() > 0 && socket_.is_open()) {
        const dicom::Moved moved = tls_->write(bytes.data(), bytes.size());
        if (moved.step == dicom::Moved::Step::failed || moved.step == dicom::Moved::Step::ended) co_return false;
        if (moved.step == dicom::Moved::Step::done) {
            bytes += moved.bytes;
            continue;
        }
        const bool is_ready = co_await ready(moved.step);
        if (!is_ready) co_return false;
    }
    co_return bytes.size() == 0;
}

asio::awaitable<Handshake::Outcome> Handshake::read_request(AssociateLimits limits) {
    std::vector<std::byte> pdu(pdu_head_bytes);
    const bool has_head = co_await read_all(asio::buffer(pdu));
    if (!has_head) co_return Ended{};
    is_tls_unasked_ = !tls_ && pdu.front() == tls_handshake_record;
    const auto size = check_head(std::span(pdu).first<pdu_head_bytes>(), limits);
    if (const auto* malformed = std::get_if<Malformed>(&size)) co_return *malformed;
    pdu.resize(pdu_head_bytes + std::get<std::size_t>(size));
    const bool has_rest = co_await read_all(asio::buffer(pdu) + pdu_head_bytes);
    if (!has_rest) co_return Ended{};
    auto request = parse_associate_request(pdu, limits);
    if (const auto* malformed = std::get_if<Malformed>(&request)) co_return *malformed;
    co_return std::get<AssociateRequest>(std::move(request));
}

asio::awaitable<void> Handshake::say_goodbye(std::array<std::byte, 10> pdu) {
    const bool is_sent = co_await write_all(asio::buffer(pdu));
    if (!is_sent) co_return;
    if (tls_) tls_->say_goodbye();
    co_await drain();
}

/// Closing with bytes unread would reset the connection, and the peer might never see what we said last.
asio::awaitable<void> Handshake::drain() {
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    std::array<std::byte, 4096> trash;
    for (std::size_t drained = 0; drained < drain_bytes_max;) {
        const auto [ended, got] = co_await socket_.async_read_some(asio::buffer(trash), awaited);
        if (ended) co_return;
        drained += got;
    }
}

dicom::Descriptor Handshake::share() {
    return dicom::Descriptor(::fcntl(socket_.native_handle(), F_DUPFD_CLOEXEC, 0));
}

void Handshake::close() {
    timer_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace broker::receive
