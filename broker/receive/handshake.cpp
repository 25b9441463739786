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
constexpr std::size_t drain_bytes_max = 256 * 1024;  // of what a refused peer may still have to say

}  // namespace

void Handshake::limit(std::chrono::milliseconds timeout) {
    timer_.expires_after(timeout);
    // Closing, not cancelling: whatever the coroutine begins next must fail, too.
    timer_.async_wait([self = shared_from_this()](boost::system::error_code stopped) {
        if (!stopped) self->close();
    });
}

asio::awaitable<Handshake::Outcome> Handshake::read_request(AssociateLimits limits) {
    std::vector<std::byte> pdu(pdu_head_bytes);
    if (const auto [failed, got] = co_await asio::async_read(socket_, asio::buffer(pdu), awaited); failed)
        co_return Ended{};
    const auto size = check_head(std::span(pdu).first<pdu_head_bytes>(), limits);
    if (const auto* malformed = std::get_if<Malformed>(&size)) co_return *malformed;
    pdu.resize(pdu_head_bytes + std::get<std::size_t>(size));
    const auto rest = asio::buffer(pdu) + pdu_head_bytes;
    if (const auto [failed, got] = co_await asio::async_read(socket_, rest, awaited); failed) co_return Ended{};
    auto request = parse_associate_request(pdu, limits);
    if (const auto* malformed = std::get_if<Malformed>(&request)) co_return *malformed;
    co_return std::get<AssociateRequest>(std::move(request));
}

asio::awaitable<void> Handshake::say_goodbye(std::array<std::byte, 10> pdu) {
    const auto [failed, sent] = co_await asio::async_write(socket_, asio::buffer(pdu), awaited);
    if (failed) co_return;
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
