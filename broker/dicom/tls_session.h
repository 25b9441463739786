/// TlsSession: TLS over one connected socket, without ever waiting: what cannot go on now says what it waits for.
///
/// One thread at a time; may be handed from one to another between calls. Made by a TlsServer or TlsClient (tls.h),
/// which need not outlive it. The socket stays its owner's, and may be blocking or not; SIGPIPE is never raised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "broker/dicom/tls_fault.h"

struct ssl_st;

namespace broker::dicom {

struct TlsPin;

/// What one try came to.
struct Moved {
    /// wants_…: nothing moved; try again, with the same bytes, once the socket is ready for that. ended: the peer
    /// closed. failed: for good.
    enum class Step { done, wants_read, wants_write, ended, failed } step = Step::done;
    std::size_t bytes = 0;  ///< done: of the application, at least one
    int error = 0;          ///< failed: an errno
};

class TlsSession {
public:
    TlsSession(ssl_st* owned, int socket, std::shared_ptr<const TlsPin> pin = nullptr);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// Goes on over another descriptor of the same connection.
    void attach(int socket);

    /// done: both sides are who they must be, as far as this side can know: a peer that refuses our certificate may
    /// say so only in place of its first bytes (TLS 1.3), where `read` fails and `fault` tells.
    Moved::Step handshake();

    Moved read(void* into, std::size_t size);
    /// At most one record of what is given.
    Moved write(const void* from, std::size_t size);
    /// Whether `read` would give something now: as `read`, but nothing is taken.
    Moved::Step peek();
    /// Tells the peer that nothing more comes, where that can be done at once.
    void say_goodbye();

    /// Of the socket, handshake included.
    std::uint64_t wire_bytes_in() const;
    /// Why it failed, or ended before the handshake was done.
    TlsFault fault() const;
    /// The same in OpenSSL's words, as one word: "certificate_has_expired". Nothing of the peer's own text.
    const std::string& reason() const;
    /// The subject of the peer's verified certificate (RFC 4514, at most 512 characters); "" where it gave none.
    std::string peer_subject() const;
    /// "sha256/…" of its public key, as a TlsClient's pin; "" where it gave none.
    std::string peer_pin() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace broker::dicom
