/// Tls: what the server shows of itself to browsers and programs, and whom it takes.
#include "web/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <ctime>
#include <string_view>

#include "web/error.h"

namespace web {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

[[noreturn]] void refuse(const std::string& what, const error_code& code) {
    throw Error(Errc::unsuited, what + ": " + code.message());
}

/// HTTP/1.1 is all we speak; who offers nothing is asked nothing.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
    static constexpr unsigned char http_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, chosen_size, http_1_1, sizeof http_1_1, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

void set_rules(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

std::string fingerprint_of(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1)
        throw Error(Errc::io, "the certificate's fingerprint cannot be made");
    std::string text;
    for (unsigned at = 0; at < size; ++at) text += fmt::format("{}{:02X}", at == 0 ? "" : ":", digest[at]);
    return text;
}

outbox::Instant not_after_of(const X509* certificate) {
    std::tm at{};
    ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &at);
    return outbox::Instant(std::chrono::seconds(::timegm(&at)));
}

void require_client_certificates(ssl::context& context, const std::string& authorities) {
    error_code code;
    context.add_certificate_authority(boost::asio::buffer(authorities), code);
    if (code) refuse("the authorities (ca_file) are not certificates in PEM", code);
    context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    // Sessions of clients with certificates are tied to this server.
    SSL_CTX_set_session_id_context(context.native_handle(), reinterpret_cast<const unsigned char*>("pages"), 5);
}

}  // namespace

Tls make_tls(const TlsPem& pem) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    set_rules(context->native_handle());
    // Without it OpenSSL would ask for a passphrase on the terminal.
    error_code code;
    context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, code);
    context->use_certificate_chain(boost::asio::buffer(pem.certificate), code);
    if (code) refuse("the certificate (certificate_file) is not one in PEM", code);
    context->use_private_key(boost::asio::buffer(pem.key), ssl::context::pem, code);
    if (code) refuse("the key (key_file) is not one in PEM without a passphrase, or not the certificate's", code);
    if (SSL_CTX_check_private_key(context->native_handle()) != 1)
        throw Error(Errc::unsuited, "the key (key_file) is not that of the certificate (certificate_file)");
    if (!pem.authorities.empty()) require_client_certificates(*context, pem.authorities);
    ERR_clear_error();
    const X509* certificate = SSL_CTX_get0_certificate(context->native_handle());
    return {context, fingerprint_of(certificate), not_after_of(certificate)};
}

}  // namespace web
