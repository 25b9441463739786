/// Connect: from a host's name and port to a connected TCP socket, and to a TLS session over it, within a time limit.
///
/// Any thread; blocks. DCMTK's own connecting knows neither IPv6 nor long names, and says of a failure only that it was
/// one; what is to be done depends on which.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "broker/deliver/classification.h"
#include "broker/dicom/descriptor.h"
#include "broker/dicom/tls.h"

namespace broker::deliver {

struct Endpoint {
    std::string host;  ///< a name or an address
    std::uint16_t port = 0;
    std::shared_ptr<const dicom::TlsClient> tls = nullptr;  ///< null: plain
};

/// A connection; `tls` is there where the endpoint has it.
struct Connected {
    dicom::Descriptor socket;
    std::unique_ptr<dicom::TlsSession> tls;
};

/// Tries the addresses of the host in the resolver's order, all within `timeout`, name resolution and the TLS handshake
/// included; ends early, as timed out, once `is_cancelled` says so (it is asked about ten times a second). The socket
/// is non-blocking. TLS that fails is not tried at another address, nor ever without.
std::variant<Connected, Event> connect_to(const Endpoint& endpoint, std::chrono::milliseconds timeout,
                                          const std::function<bool()>& is_cancelled);

/// A TLS session that failed, as an event before any instance.
inline Event tls_refused(dicom::TlsFault fault) {
    return {Happening::tls_refused, static_cast<std::uint32_t>(fault), false};
}

}  // namespace broker::deliver
