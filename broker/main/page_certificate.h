/// PageCertificate: with what the pages are encrypted: what [http.tls] names, or a certificate that we make ourselves.
///
/// Reads and writes files when called and keeps nothing; one thread at a time.
#pragma once

#include <optional>

#include "broker/config/config.h"
#include "outbox/ids.h"
#include "web/tls.h"

namespace broker {

struct PageCertificate {
    web::TlsPem pem;
    bool is_self_signed = false;
};

/// Nothing: the pages are for this machine only, and plain. A self-signed one is made once and kept in `data_dir/tls`
/// (its key for nobody else to read, both durable), and made anew, at a start or a reload, when less than
/// `self_signed_renewed` of it is left.
/// Throws web::Error, unsuited: a file that cannot be read; io: none can be made.
std::optional<PageCertificate> page_certificate(const config::Config& config, outbox::Instant now);

inline constexpr std::chrono::days self_signed_lasts{825}, self_signed_renewed{30};

/// What people on the same network call this machine.
std::string own_host_name();

}  // namespace broker
