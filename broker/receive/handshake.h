/// Handshake: from an accepted connection, over TLS where it is one, to its whole A-ASSOCIATE-RQ, and the answer to
/// those that get no association.
///
/// Coroutines on the acceptor's one thread. Each of them ends by `associate_timeout`, whatever the peer does.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/dicom/descriptor.h"
#include "broker/dicom/tls.h"
#include "broker/receive/associate_request.h"
#include "broker/receive/rules.h"

namespace broker::receive {

/// A connection before its association; the timer closes the socket.
class Handshake : public std::enable_shared_from_this<Handshake> {
public:
    Handshake(boost::asio::ip::tcp::socket socket, std::string address)
        : socket_(std::move(socket)), timer_(socket_.get_executor()), address_(std::move(address)) {}

    const std::string& address() const { return address_; }

    /// From now on everything must be done within this time.
    void limit(std::chrono::milliseconds timeout);

    /// Opens TLS. Nothing: it is open, or the peer left before it had said anything. Otherwise why it could not be
    /// opened, as one word; the peer has been told in TLS, or by A-ABORT where it spoke plain DICOM.
    boost::asio::awaitable<std::optional<std::string>> secure(const dicom::TlsServer& server);

    /// Ended: the peer closed, or the time is over.
    struct Ended {};
    using Outcome = std::variant<AssociateRequest, Malformed, Ended>;
    /// Reads and checks one request.
    boost::asio::awaitable<Outcome> read_request(AssociateLimits limits);

    /// What came was no request but the beginning of TLS, on a connection that is plain.
    bool is_tls_unasked() const { return is_tls_unasked_; }

    /// Sends a last PDU and waits for the peer to close, so that it gets the PDU before our end is gone.
    boost::asio::awaitable<void> say_goodbye(std::array<std::byte, 10> pdu);

    /// A second descriptor of the same connection, for the association; not open when the system has none left.
    dicom::Descriptor share();
    /// What the peer showed; both empty in plain. Not once the session was taken.
    PeerCertificate certificate() const {
        return tls_ ? PeerCertificate{tls_->peer_subject(), tls_->peer_pin()} : PeerCertificate{};
    }
    /// The TLS session, to go on over that descriptor; null: plain. Nothing more can be read or written here, unless it
    /// is given back untouched.
    std::unique_ptr<dicom::TlsSession> take_tls() { return std::move(tls_); }
    void give_back(std::unique_ptr<dicom::TlsSession> tls) { tls_ = std::move(tls); }
    void close();

private:
    boost::asio::awaitable<bool> ready(dicom::Moved::Step wanted);
    boost::asio::awaitable<bool> read_all(boost::asio::mutable_buffer into);
    boost::asio::awaitable<bool> write_all(boost::asio::const_buffer bytes);
    boost::asio::awaitable<void> explain_plain();
    boost::asio::awaitable<void> drain();

    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
    const std::string address_;
    std::unique_ptr<dicom::TlsSession> tls_;  ///< null: plain
    bool is_tls_unasked_ = false;
    bool is_timed_out_ = false;
};

}  // namespace broker::receive
