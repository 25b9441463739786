/// Acceptor: listens for DICOM associations, lets in whom the rules let in, and gives each a thread.
///
/// One thread of its own does all the waiting: a peer that is slow or mad before its request is whole costs no more
/// than a socket, a TLS session and `max_associate_rq` bytes, until `associate_timeout`. `start` and `stop` from one
/// thread; the rest from any. What the Surroundings name must outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "broker/dicom/tls.h"
#include "broker/receive/conversation.h"

namespace broker::receive {

/// The context of [dicom.tls], its files read now; null where it isn't there. Throws dicom::TlsError.
std::shared_ptr<const dicom::TlsServer> tls_server_of(const config::Dicom& dicom);

class Acceptor {
public:
    Acceptor(Surroundings surroundings, std::shared_ptr<const Rules> rules);
    ~Acceptor();
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

    /// Listens on every port of the rules. On return connections are accepted. Throws std::system_error, naming the
    /// address, when one cannot be listened on, and dicom::TlsError when the certificates cannot be used; then none is.
    void start();

    /// No more associations. Those that are open finish the instance in hand; what is not done `within` this time is
    /// cut off. On return no thread and no socket is left. Idempotent, legal before start; there is no second start.
    void stop(std::chrono::milliseconds within);

    /// The ports that are listened on, in the order of the rules; a 0 there is a number here.
    std::vector<std::uint16_t> ports() const;
    /// That of [dicom.tls], where it is there.
    std::optional<std::uint16_t> tls_port() const;

    /// From now on requests are checked and instances routed by these, those of open associations too, and who comes
    /// over TLS is met with this context; null: with the one that is there. Ports and address stay until the next
    /// start.
    void set_rules(std::shared_ptr<const Rules> rules, std::shared_ptr<const dicom::TlsServer> tls = nullptr);

    std::size_t associations_open() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace broker::receive
