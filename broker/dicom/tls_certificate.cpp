#include "broker/dicom/tls_certificate.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

namespace broker::dicom {
namespace {

constexpr std::string_view pin_prefix = "sha256/";
constexpr std::size_t pin_base64_size = 44;  // 32 bytes, with one '='
constexpr std::size_t subject_max = 512;

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeDer {
    void operator()(unsigned char* der) const { OPENSSL_free(der); }
};

bool is_for(x509_st* certificate, const std::string& name) {
    if (is_address(name)) return X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
    return X509_check_host(certificate, name.data(), name.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

std::optional<std::array<unsigned char, SHA256_DIGEST_LENGTH>> spki_sha256_of(x509_st* certificate) {
    unsigned char* made = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &made);
    const std::unique_ptr<unsigned char, FreeDer> der(made);
    if (size <= 0) return std::nullopt;
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(der.get(), static_cast<std::size_t>(size), digest.data());
    return digest;
}

}  // namespace

std::optional<TlsPin> parse_pin(const std::string& text) {
    if (!text.starts_with(pin_prefix) || text.size() != pin_prefix.size() + pin_base64_size) return std::nullopt;
    if (text.back() != '=' || text[text.size() - 2] == '=') return std::nullopt;
    std::array<unsigned char, 33> decoded;
    const auto* base64 = reinterpret_cast<const unsigned char*>(text.data()) + pin_prefix.size();
    if (EVP_DecodeBlock(decoded.data(), base64, pin_base64_size) != static_cast<int>(decoded.size()))
        return std::nullopt;
    TlsPin pin;
    std::copy_n(decoded.begin(), pin.spki_sha256.size(), pin.spki_sha256.begin());
    return pin;
}

std::string pin_of(x509_st* certificate) {
    const auto digest = spki_sha256_of(certificate);
    if (!digest) return "";
    std::array<unsigned char, pin_base64_size + 1> base64;
    EVP_EncodeBlock(base64.data(), digest->data(), static_cast<int>(digest->size()));
    return std::string(pin_prefix) + reinterpret_cast<const char*>(base64.data());
}

int check_pin(const TlsPin& pin, x509_st* certificate) {
    const auto digest = spki_sha256_of(certificate);
    if (!digest) return X509_V_ERR_UNSPECIFIED;
    if (CRYPTO_memcmp(digest->data(), pin.spki_sha256.data(), digest->size()) != 0) return X509_V_ERR_CERT_REJECTED;
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) return X509_V_ERR_CERT_NOT_YET_VALID;
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) return X509_V_ERR_CERT_HAS_EXPIRED;
    if (!pin.name.empty() && !is_for(certificate, pin.name)) return X509_V_ERR_HOSTNAME_MISMATCH;
    return X509_V_OK;
}

std::string subject_of(x509_st* certificate) {
    const std::unique_ptr<BIO, FreeBio> out(BIO_new(BIO_s_mem()));
    if (!out || X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) < 0) return "?";
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, std::min(static_cast<std::size_t>(std::max(size, 0L)), subject_max)};
}

CertificateFacts facts_of(x509_st* certificate) {
    std::tm when{};
    CertificateFacts facts{subject_of(certificate), {}};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) == 1)
        facts.not_after = std::chrono::sys_seconds(std::chrono::seconds(::timegm(&when)));
    return facts;
}

bool is_address(const std::string& host) {
    in6_addr any;
    return ::inet_pton(AF_INET, host.c_str(), &any) == 1 || ::inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

}  // namespace broker::dicom
