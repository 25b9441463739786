/// Handshake: from an accepted connection to its whole A-ASSOCIATE-RQ, and the answer to those that get no association.
///
/// Coroutines on the acceptor's one thread. Each of them ends by `associate_timeout`, whatever the peer does.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "broker/dicom/descriptor.h"
#include "broker/receive/associate_request.h"

namespace broker::receive {

/// A connection before its association; the timer closes the socket.
class Handshake : public std::enable_shared_from_this<Handshake> {
public:
    Handshake(boost::asio::ip::tcp::socket socket, std::string address)
        : socket_(std::move(socket)), timer_(socket_.get_executor()), address_(std::move(address)) {}

    const std::string& address() const { return address_; }

    /// From now on everything must be done within this time.
    void limit(std::chrono::milliseconds timeout);

    /// Ended: the peer closed, or the time is over.
    struct Ended {};
    using Outcome = std::variant<AssociateRequest, Malformed, Ended>;
    /// Reads and checks one request.
    boost::asio::awaitable<Outcome> read_request(AssociateLimits limits);

    /// Sends a last PDU and waits for the peer to close, so that it gets the PDU before our end is gone.
    boost::asio::awaitable<void> say_goodbye(std::array<std::byte, 10> pdu);

    /// A second descriptor of the same connection, for the association; not open when the system has none left.
    dicom::Descriptor share();
    void close();

private:
    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
    const std::string address_;
};

}  // namespace broker::receive
