/// Failure: why there is no response, in as many cases as a caller can do something different about.
///
/// A value; any thread. Holds nothing that a peer wrote and nothing of the request.
#pragma once

#include <string>

#include "broker/dicom/tls_fault.h"

namespace broker::http {

enum class Fault {
    unresolved,          ///< no name server answered
    no_such_name,        ///< a name server says that there is no such host
    address_denied,      ///< the name leads to link-local addresses only
    refused,             ///< nothing listens there
    unreachable,         ///< no way there
    connect_timed_out,   ///< no connection, or no answer of the proxy, within connect_timeout
    out_of_descriptors,  ///< this machine has no descriptors, ports, threads or memory for a connection
    proxy_refused,       ///< the proxy doesn't connect us; `status` is its
    tls_untrusted,       ///< the server's certificate is not to be believed; `tls` says why
    tls_failed,          ///< no TLS session came about otherwise; `tls` says why
    lost,                ///< the connection ended before the response was whole
    timed_out,           ///< nothing moved for idle_timeout, or it moved too slowly
    malformed,           ///< what came is no response of HTTP/1.1, or can be read in two ways; `detail` says what
    too_large,           ///< the response is beyond a limit; `detail` says which
    interrupted,         ///< by us
};

/// Like "no_such_name".
const char* to_string(Fault fault);

struct Failure {
    Fault fault = Fault::lost;
    /// The last byte of the request had left, so the server may have done what was asked: the outcome is unknown.
    bool request_left = false;
    bool at_proxy = false;  ///< it is about the way to the proxy, or the proxy
    unsigned status = 0;    ///< of the response that was not whole, or the proxy's; 0: none came
    dicom::TlsFault tls = dicom::TlsFault::none;
    const char* detail = "";  ///< fixed words of ours
};

/// Of a TLS session that failed.
Failure tls_failure(dicom::TlsFault fault);

/// One line for logs and people, like "tls_untrusted (name_mismatch)".
std::string describe(const Failure& failure);

}  // namespace broker::http
