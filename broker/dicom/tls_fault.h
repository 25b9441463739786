/// TlsFault: why a TLS session could not be opened, in as many cases as a person can do something different about.
///
/// A value; any thread. The numbers are kept with attempts and must not change.
#pragma once

#include <cstdint>

namespace broker::dicom {

enum class TlsFault : std::uint32_t {
    none = 0,
    unknown_authority = 1,        ///< nobody whom we trust signed the peer's certificate
    expired = 2,                  ///< the peer's certificate
    not_yet_valid = 3,            ///< the same, or our clock is slow
    name_mismatch = 4,            ///< the peer's certificate is for another name or address
    pin_mismatch = 5,             ///< the peer's key is not the pinned one
    certificate_bad = 6,          ///< the peer's certificate is weak, for another purpose, revoked or malformed
    no_common_version = 7,        ///< neither a version nor a cipher suite that both sides allow
    own_certificate_missing = 8,  ///< the peer wants a certificate of ours
    own_certificate_refused = 9,  ///< the peer doesn't take ours
    refused = 10,                 ///< by the peer, without saying which of the above
    not_tls = 11,                 ///< the peer answered, but not in TLS
    violation = 12,               ///< the peer broke the protocol
    internal_error = 13,          ///< the peer's, as it says
    closed = 14,                  ///< the connection ended during the handshake
    timed_out = 15,               ///< the handshake took too long
};

/// Like "unknown_authority", for logs and the history.
const char* to_string(TlsFault fault);

}  // namespace broker::dicom
