/// SelfSigned: a certificate that nobody but itself vouches for, so that nothing ever goes unencrypted.
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "web/error.h"
#include "web/tls.h"

namespace web {
namespace {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* handle) const {
        release(handle);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;

void require(bool is_done) {
    if (!is_done) throw Error(Errc::io, "a certificate of our own cannot be made: OpenSSL refused");
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

/// 128 random bits, never negative: no two of ours are the same to a browser.
void set_serial(X509* certificate) {
    unsigned char bytes[16];
    require(RAND_bytes(bytes, sizeof bytes) == 1);
    bytes[0] &= 0x7f;
    BIGNUM* number = BN_bin2bn(bytes, sizeof bytes, nullptr);
    require(number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr);
    BN_free(number);
}

void set_times(X509* certificate, const SelfSigned& wanted) {
    const auto seconds = [](outbox::Instant at) {
        return static_cast<time_t>(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
    };
    require(ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(wanted.not_before)) != nullptr);
    require(ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(wanted.not_after)) != nullptr);
}

void set_name(X509* certificate, const std::string& common_name) {
    X509_NAME* name = X509_get_subject_name(certificate);
    const std::string shown = common_name.substr(0, 64);
    require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(shown.c_str()),
                                       -1, -1, 0) == 1);
    require(X509_set_issuer_name(certificate, name) == 1);
}

void extend(X509* certificate, int what, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// "DNS:bridge,IP:10.0.0.5"
std::string alternatives(const SelfSigned& wanted) {
    std::string text;
    for (const std::string& each : wanted.host_names) text += (text.empty() ? "DNS:" : ",DNS:") + each;
    for (const std::string& each : wanted.addresses) text += (text.empty() ? "IP:" : ",IP:") + each;
    return text;
}

}  // namespace

TlsPem make_self_signed(const SelfSigned& wanted) {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    require(key && certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
    set_serial(certificate.get());
    set_times(certificate.get(), wanted);
    set_name(certificate.get(), wanted.common_name);
    require(X509_set_pubkey(certificate.get(), key.get()) == 1);
    extend(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
    extend(certificate.get(), NID_ext_key_usage, "serverAuth");
    if (const std::string names = alternatives(wanted); !names.empty())
        extend(certificate.get(), NID_subject_alt_name, names);
    require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
    const Bio shown(BIO_new(BIO_s_mem())), secret(BIO_new(BIO_s_mem()));
    require(shown && secret && PEM_write_bio_X509(shown.get(), certificate.get()) == 1);
    require(PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return {text_of(shown.get()), text_of(secret.get()), ""};
}

}  // namespace web
