// OpenSSL over a BIO of ours, since that of OpenSSL raises SIGPIPE and waits where the socket does.
#include "broker/dicom/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>

#include "broker/dicom/tls_certificate.h"

namespace broker::dicom {
namespace {

using Step = Moved::Step;

/// The socket, as the BIO sees it.
struct Socket {
    int fd = -1;
    std::uint64_t bytes_in = 0;
    int error = 0;
    bool is_ended = false;
};

Socket& socket_of(BIO* bio) {
    return *static_cast<Socket*>(BIO_get_data(bio));
}

int send_some(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    ssize_t sent = 0;
    do sent = ::send(socket_of(bio).fd, bytes, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0) return static_cast<int>(sent);
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        BIO_set_retry_write(bio);
    else
        socket_of(bio).error = errno;
    return -1;
}

int receive_some(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    Socket& socket = socket_of(bio);
    ssize_t got = 0;
    do got = ::recv(socket.fd, into, static_cast<std::size_t>(size), MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got > 0) socket.bytes_in += static_cast<std::uint64_t>(got);
    if (got == 0) socket.is_ended = true;
    if (got >= 0) return static_cast<int>(got);
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        BIO_set_retry_read(bio);
    else
        socket.error = errno;
    return -1;
}

long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return socket_of(bio).is_ended ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
        BIO_METHOD* all = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "DICOM socket");
        if (all == nullptr) throw std::bad_alloc();
        BIO_meth_set_write(all, send_some);
        BIO_meth_set_read(all, receive_some);
        BIO_meth_set_ctrl(all, control);
        return all;
    }();
    return made;
}

struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};

std::string word_of(const char* words) {
    std::string word = words != nullptr ? words : "unknown";
    std::replace(word.begin(), word.end(), ' ', '_');
    return word;
}

TlsFault fault_of_verify(long result) {
    switch (result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return TlsFault::expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return TlsFault::not_yet_valid;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return TlsFault::name_mismatch;
        case X509_V_ERR_CERT_REJECTED:
            return TlsFault::pin_mismatch;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
        case X509_V_ERR_INVALID_CA:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return TlsFault::unknown_authority;
        default:
            return TlsFault::certificate_bad;
    }
}

/// RFC 8446 6.2, RFC 5246 7.2.2. What a peer says of a certificate is said of ours.
TlsFault fault_of_alert(int alert) {
    switch (alert) {
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_REVOKED:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_UNKNOWN_CA:
        case SSL_AD_ACCESS_DENIED:
        case SSL_AD_DECRYPT_ERROR:
            return TlsFault::own_certificate_refused;
        case SSL_AD_CERTIFICATE_REQUIRED:
            return TlsFault::own_certificate_missing;
        case SSL_AD_PROTOCOL_VERSION:
        case SSL_AD_INSUFFICIENT_SECURITY:
            return TlsFault::no_common_version;
        case SSL_AD_UNRECOGNIZED_NAME:
            return TlsFault::name_mismatch;
        case SSL_AD_INTERNAL_ERROR:
            return TlsFault::internal_error;
        case SSL_AD_HANDSHAKE_FAILURE:
            return TlsFault::refused;
        default:
            return TlsFault::violation;
    }
}

TlsFault fault_of_reason(int reason) {
    constexpr int alerts_max = 256;
    if (reason >= SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + alerts_max)
        return fault_of_alert(reason - SSL_AD_REASON_OFFSET);
    switch (reason) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_WRONG_SSL_VERSION:
        case SSL_R_NO_PROTOCOLS_AVAILABLE:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
            return TlsFault::no_common_version;
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
        case SSL_R_BAD_RECORD_TYPE:
        case SSL_R_RECORD_LENGTH_MISMATCH:
            return TlsFault::not_tls;
        default:
            return TlsFault::violation;
    }
}

}  // namespace

struct TlsSession::Parts {
    Socket socket;
    std::unique_ptr<SSL, FreeSsl> ssl;
    std::shared_ptr<const TlsPin> pin;  ///< the context's verification looks at it
    bool is_established = false;
    bool has_failed = false;
    TlsFault fault = TlsFault::none;
    std::string reason;

    Step step_of(int result) {
        if (result > 0) return Step::done;
        switch (SSL_get_error(ssl.get(), result)) {
            case SSL_ERROR_WANT_READ:
                return Step::wants_read;
            case SSL_ERROR_WANT_WRITE:
                return Step::wants_write;
            case SSL_ERROR_ZERO_RETURN:
                if (!is_established) remember(TlsFault::closed, "closed");
                return Step::ended;
            case SSL_ERROR_SSL:
                tell_failure();
                break;
            default:
                remember(TlsFault::closed, "connection lost");
        }
        has_failed = true;
        return Step::failed;
    }

    void tell_failure() {
        const int code = ERR_GET_REASON(ERR_peek_last_error());
        const long verified = SSL_get_verify_result(ssl.get());
        if (!is_established && verified != X509_V_OK && code == SSL_R_CERTIFICATE_VERIFY_FAILED)
            remember(fault_of_verify(verified), X509_verify_cert_error_string(verified));
        else
            remember(fault_of_reason(code), ERR_reason_error_string(ERR_peek_last_error()));
    }

    void remember(TlsFault what, const char* words) {
        if (fault != TlsFault::none) return;
        fault = what;
        reason = word_of(words);
    }

    Moved moved(int result, std::size_t bytes) {
        const Step step = step_of(result);
        return {step, bytes, step != Step::failed ? 0 : socket.error != 0 ? socket.error : EPROTO};
    }
};

TlsSession::TlsSession(ssl_st* owned, int socket, std::shared_ptr<const TlsPin> pin)
    : parts_(std::make_unique<Parts>()) {
    parts_->ssl.reset(owned);
    parts_->pin = std::move(pin);
    parts_->socket.fd = socket;
    BIO* bio = BIO_new(method());
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, &parts_->socket);
    BIO_set_init(bio, 1);
    SSL_set_bio(owned, bio, bio);
}

TlsSession::~TlsSession() = default;

void TlsSession::attach(int socket) {
    parts_->socket.fd = socket;
}

Step TlsSession::handshake() {
    if (parts_->has_failed) return Step::failed;
    ERR_clear_error();
    const Step step = parts_->step_of(SSL_do_handshake(parts_->ssl.get()));
    parts_->is_established = step == Step::done;
    return step;
}

Moved TlsSession::read(void* into, std::size_t size) {
    if (parts_->has_failed) return {Step::failed, 0, EPROTO};
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(parts_->ssl.get(), into, size, &got);
    return parts_->moved(result, got);
}

Moved TlsSession::write(const void* from, std::size_t size) {
    if (parts_->has_failed) return {Step::failed, 0, EPIPE};
    ERR_clear_error();
    std::size_t sent = 0;
    const int result = SSL_write_ex(parts_->ssl.get(), from, size, &sent);
    Moved moved = parts_->moved(result, sent);
    // What the peer said before it closed can still be read.
    if (moved.step == Step::failed && parts_->socket.error != 0 && parts_->is_established) {
        parts_->has_failed = false;
        parts_->fault = TlsFault::none;
    }
    return moved;
}

Step TlsSession::peek() {
    if (parts_->has_failed) return Step::failed;
    ERR_clear_error();
    char one = 0;
    std::size_t got = 0;
    return parts_->step_of(SSL_peek_ex(parts_->ssl.get(), &one, 1, &got));
}

void TlsSession::say_goodbye() {
    if (!parts_->is_established || parts_->has_failed) return;
    ERR_clear_error();
    SSL_shutdown(parts_->ssl.get());
}

std::uint64_t TlsSession::wire_bytes_in() const {
    return parts_->socket.bytes_in;
}

TlsFault TlsSession::fault() const {
    return parts_->fault;
}

const std::string& TlsSession::reason() const {
    return parts_->reason;
}

std::string TlsSession::peer_subject() const {
    X509* certificate = SSL_get0_peer_certificate(parts_->ssl.get());
    return certificate != nullptr ? subject_of(certificate) : std::string();
}

std::string TlsSession::peer_pin() const {
    X509* certificate = SSL_get0_peer_certificate(parts_->ssl.get());
    return certificate != nullptr ? pin_of(certificate) : std::string();
}

}  // namespace broker::dicom
