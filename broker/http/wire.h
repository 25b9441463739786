/// Wire: the bytes of one connection, plain or TLS, without ever waiting.
///
/// One thread at a time; may be handed from one to another. A wire that is destroyed is cut (a reset, no farewell of
/// TLS), so that what was half said is never taken for a whole; unless `part` was called before. Internal to this
/// folder.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "broker/dicom/descriptor.h"
#include "broker/dicom/tls.h"

namespace broker::http {

class Wire {
public:
    using Moved = dicom::Moved;

    /// A connected socket that doesn't block.
    explicit Wire(dicom::Descriptor socket) : socket_(std::move(socket)) {}
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// Whatever follows goes over TLS, once `handshake` is done.
    void secure(const dicom::TlsClient& client) { tls_ = client.session(socket_.get()); }
    Moved::Step handshake() { return tls_->handshake(); }

    Moved read(char* into, std::size_t size);
    Moved write(std::string_view bytes);
    /// Bytes that were written and that the peer's machine doesn't have yet.
    std::size_t underway() const;
    /// Open, and nothing has come that nobody asked for.
    bool is_quiet();
    /// Why TLS failed; none without TLS.
    dicom::TlsFault fault() const { return tls_ ? tls_->fault() : dicom::TlsFault::none; }

    /// Whether its end will be an orderly one.
    void part(bool in_peace) { parts_in_peace_ = in_peace; }
    int descriptor() const { return socket_.get(); }

private:
    dicom::Descriptor socket_;
    std::unique_ptr<dicom::TlsSession> tls_;
    bool parts_in_peace_ = false;
};

}  // namespace broker::http
