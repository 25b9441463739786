/// Options: one server, the way to it, and every limit of talking to it.
///
/// Values; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "broker/dicom/tls.h"
#include "broker/http/resolve.h"
#include "broker/http/response.h"
#include "broker/http/url.h"

namespace broker::http {

struct Options {
    Url origin;  ///< its path is the caller's affair: a request names its own
    /// http only; its path is not used. For an https origin it is asked to CONNECT.
    std::optional<Url> proxy = std::nullopt;

    /// Of an https origin: our certificate, where it wants one, and whom we trust, where that isn't the system's list.
    dicom::TlsFiles tls_files = {};
    std::string tls_server_name = {};  ///< what its certificate must be for; empty: the origin's host
    std::string tls_pin = {};          ///< as dicom::TlsClient::Peer says; empty: none

    std::string user_agent = {};

    /// Of all that comes before the request: name, TCP, proxy and TLS.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    /// Without a byte in either direction.
    std::chrono::milliseconds idle_timeout = std::chrono::seconds(120);
    /// Bytes per second that a request and a response, each for itself, must keep up on the whole, beyond idle_timeout.
    std::uint64_t least_rate = 1024;

    std::size_t response_body_bytes_max = std::size_t{8} * 1024 * 1024;
    std::size_t response_header_bytes_max = std::size_t{16} * 1024;
    std::size_t response_header_fields_max = 100;
    std::size_t interim_responses_max = 16;

    /// Told of each whole response, on the caller's thread. Must not throw.
    std::function<void(const Response&)> heard = {};

    std::size_t kept_connections_max = 4;
    /// Below what servers and their balancers wait.
    std::chrono::milliseconds kept_connection_for = std::chrono::seconds(15);

    /// A name that leads to a link-local address (where cloud machines keep their secrets) is not followed, unless this
    /// is set; an origin that is such an address itself is.
    bool allows_link_local_names = false;
    Resolve resolve = resolve_by_system;
};

}  // namespace broker::http
