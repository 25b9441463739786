#include "broker/dicom/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <new>

#include "broker/dicom/tls_certificate.h"

namespace broker::dicom {
namespace {

namespace fs = std::filesystem;

// RFC 9325 4.2: those of TLS 1.2 with forward secrecy and authenticated encryption. TLS 1.3 has no others.
constexpr const char* suites = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:!PSK:!SRP";
constexpr unsigned char session_context[] = "dicom";

/// OpenSSL would else ask on the terminal.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

[[noreturn]] void refuse(const char* key, const fs::path& file, const std::string& why) {
    throw TlsError(key, file.string() + " " + why);
}

/// Like " (OpenSSL: ee key too small)".
std::string openssl_words() {
    const char* words = ERR_reason_error_string(ERR_peek_last_error());
    return words != nullptr ? std::string(" (OpenSSL: ") + words + ")" : std::string();
}

void require_readable(const char* key, const fs::path& file) {
    std::error_code unknown;
    const fs::file_status there = fs::status(file, unknown);
    if (fs::is_directory(there)) refuse(key, file, "is a folder: name a PEM file");
    // To open a pipe waits for its other end.
    if (fs::exists(there) && !fs::is_regular_file(there)) refuse(key, file, "is no regular file: name a PEM file");
    errno = 0;
    const std::ifstream opened(file);
    if (!opened)
        refuse(key, file,
               "cannot be read: " + std::string(std::strerror(errno)) + "; correct " + key + " or the file's rights");
}

void use_certificate(SSL_CTX* context, const TlsFiles& files) {
    require_readable("certificate_file", files.certificate_file);
    require_readable("key_file", files.key_file);
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate_file.c_str()) != 1)
        refuse("certificate_file", files.certificate_file, "holds no usable certificate in PEM" + openssl_words());
    ERR_clear_error();
    if (SSL_CTX_use_PrivateKey_file(context, files.key_file.c_str(), SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_check_private_key(context) == 1)
        return;
    const int why = ERR_GET_REASON(ERR_peek_last_error());
    if (why == X509_R_KEY_VALUES_MISMATCH || why == X509_R_KEY_TYPE_MISMATCH)
        refuse("key_file", files.key_file, "is not the key of " + files.certificate_file.string());
    refuse("key_file", files.key_file,
           "holds no usable private key: it must be PEM, without a passphrase" + openssl_words());
}

void trust(SSL_CTX* context, const fs::path& ca_file) {
    require_readable("ca_file", ca_file);
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1)
        refuse("ca_file", ca_file, "holds no usable certificate in PEM" + openssl_words());
}

void set_up(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // A record's head and body at once; not more, since whoever has not shown a certificate yet costs a buffer, too.
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_dh_auto(context, 1);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    if (SSL_CTX_set_cipher_list(context, suites) != 1) throw std::runtime_error("OpenSSL has none of our suites");
}

SSL* made(SSL_CTX* context) {
    SSL* ssl = SSL_new(context);
    if (ssl == nullptr) throw std::bad_alloc();
    return ssl;
}

int verify_pin(X509_STORE_CTX* store, void* pin) {
    X509* certificate = X509_STORE_CTX_get0_cert(store);
    const int result =
        certificate != nullptr ? check_pin(*static_cast<const TlsPin*>(pin), certificate) : X509_V_ERR_UNSPECIFIED;
    X509_STORE_CTX_set_error(store, result);
    return result == X509_V_OK ? 1 : 0;
}

}  // namespace

TlsContext::TlsContext(bool is_server, const TlsFiles& files)
    : context_(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()), SSL_CTX_free) {
    if (!context_) throw std::bad_alloc();
    set_up(context_.get());
    if (files.certificate_file.empty()) return;
    use_certificate(context_.get(), files);
    certificate_ = facts_of(SSL_CTX_get0_certificate(context_.get()));
}

TlsServer::TlsServer(const TlsFiles& files) : TlsContext(true, files) {
    SSL_CTX* context = context_.get();
    SSL_CTX_set_session_id_context(context, session_context, sizeof session_context - 1);
    if (files.ca_file.empty()) return;
    trust(context, files.ca_file);
    // Tells clients that have several certificates which one is wanted.
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(files.ca_file.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

std::unique_ptr<TlsSession> TlsServer::session(int socket) const {
    SSL* ssl = made(context_.get());
    SSL_set_accept_state(ssl);
    return std::make_unique<TlsSession>(ssl, socket);
}

TlsClient::TlsClient(const TlsFiles& files, const Peer& peer)
    : TlsContext(false, files), name_(peer.server_name.empty() ? peer.host : peer.server_name) {
    SSL_CTX* context = context_.get();
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (!peer.pin.empty()) {
        auto pin = parse_pin(peer.pin);
        if (!pin)
            throw TlsError("pin", "pin must be \"sha256/\" and the base64 of the SHA-256 of the public key (44 signs)");
        pin->name = peer.server_name;
        pin_ = std::make_shared<const TlsPin>(std::move(*pin));
        SSL_CTX_set_cert_verify_callback(context, verify_pin, const_cast<TlsPin*>(pin_.get()));
        return;
    }
    if (!files.ca_file.empty())
        trust(context, files.ca_file);
    else if (SSL_CTX_set_default_verify_paths(context) != 1)
        throw TlsError("ca_file", "the system's authorities cannot be read: name a ca_file");
    X509_VERIFY_PARAM* verify = SSL_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int is_set = is_address(name_) ? X509_VERIFY_PARAM_set1_ip_asc(verify, name_.c_str())
                                         : X509_VERIFY_PARAM_set1_host(verify, name_.data(), name_.size());
    if (is_set != 1) throw std::bad_alloc();
}

std::unique_ptr<TlsSession> TlsClient::session(int socket) const {
    SSL* ssl = made(context_.get());
    SSL_set_connect_state(ssl);
    // RFC 6066 3: addresses are not asked for by name.
    if (!is_address(name_))
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name_.c_str()));
    return std::make_unique<TlsSession>(ssl, socket, pin_);
}

}  // namespace broker::dicom
