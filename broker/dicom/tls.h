/// Tls: the contexts of TLS for DICOM associations: whom we are, whom we trust, and what we accept (PS3.15 B.12).
///
/// TLS 1.2 and up, suites with forward secrecy and authenticated encryption only, no renegotiation, no compression, no
/// tickets and no resumption, so that every session is verified. Immutable: any thread. Files are read by the
/// constructor only. There is no falling back to plain anywhere.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "broker/dicom/tls_session.h"

struct ssl_ctx_st;

namespace broker::dicom {

/// A file that cannot be used. The text names the file, what is wrong and what to do; never what is in it.
class TlsError : public std::runtime_error {
public:
    TlsError(std::string key, const std::string& text) : std::runtime_error(text), key_(std::move(key)) {}
    /// The setting that named it: "certificate_file", "key_file", "ca_file" or "pin".
    const std::string& key() const { return key_; }

private:
    std::string key_;
};

/// PEM files; empty: none.
struct TlsFiles {
    std::filesystem::path certificate_file;  ///< ours, followed by what signed it
    std::filesystem::path key_file;          ///< its key, without a passphrase
    std::filesystem::path ca_file;           ///< whom we trust
};

/// Of a certificate of ours, for people.
struct CertificateFacts {
    std::string subject;
    std::chrono::sys_seconds not_after;
};

/// What both sides' contexts have.
class TlsContext {
public:
    /// Our own certificate, where there is one.
    const std::optional<CertificateFacts>& certificate() const { return certificate_; }

protected:
    TlsContext(bool is_server, const TlsFiles& files);

    std::shared_ptr<ssl_ctx_st> context_;
    std::optional<CertificateFacts> certificate_;
};

class TlsServer : public TlsContext {
public:
    /// With a ca_file clients must show a certificate that it signed. Throws TlsError.
    explicit TlsServer(const TlsFiles& files);

    /// A session for a connection that was accepted.
    std::unique_ptr<TlsSession> session(int socket) const;
};

class TlsClient : public TlsContext {
public:
    struct Peer {
        std::string host;         ///< where we connect to
        std::string server_name;  ///< what its certificate must be for; empty: the host, name or address
        std::string pin;          ///< "sha256/" and the base64 of the SHA-256 of its public key (SPKI); empty: none
    };
    /// Without a ca_file the system's authorities are trusted. A pin takes the place of authorities and, where
    /// server_name is empty, of the name; the dates count all the same. Throws TlsError.
    TlsClient(const TlsFiles& files, const Peer& peer);

    /// A session for a connection that we opened.
    std::unique_ptr<TlsSession> session(int socket) const;

private:
    std::string name_;  ///< that is asked for (SNI), where it is no address
    std::shared_ptr<const TlsPin> pin_;
};

}  // namespace broker::dicom
