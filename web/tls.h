/// Tls: what the server shows of itself to browsers and programs, and whom it takes.
///
/// Made and checked whole before somebody needs it; then read by any thread. TLS 1.2 and 1.3, forward secret ciphers
/// only, HTTP/1.1.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "outbox/ids.h"

namespace boost::asio::ssl {
class context;
}

namespace web {

/// The texts of PEM files.
struct TlsPem {
    std::string certificate;  ///< ours first, then those that lead to a root
    std::string key;          ///< without a passphrase
    std::string authorities;  ///< present: whoever connects must show a certificate that one of them signed
};

struct Tls {
    std::shared_ptr<boost::asio::ssl::context> context;
    std::string fingerprint;  ///< SHA-256 of our certificate, as browsers show it: "AB:CD:…"
    outbox::Instant not_after;
};

/// Throws Error, unsuited: what is wrong with which of them.
Tls make_tls(const TlsPem& pem);

/// Who a certificate is for, which nobody but itself vouches for.
struct SelfSigned {
    std::string common_name;              ///< at most 64 characters of it count
    std::vector<std::string> host_names;  ///< as names in it
    std::vector<std::string> addresses;   ///< IP addresses in it
    outbox::Instant not_before, not_after;
};

/// A new key (P-256) and its certificate. Throws Error, io.
TlsPem make_self_signed(const SelfSigned& wanted);

}  // namespace web
