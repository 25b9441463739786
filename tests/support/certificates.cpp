#include "tests/support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace support {
namespace {

constexpr long day_s = 24 * 60 * 60;

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

void require(bool holds) {
    if (!holds) throw std::runtime_error("a test certificate could not be made");
}

File open(const std::filesystem::path& path, const char* how) {
    File file(std::fopen(path.c_str(), how));
    require(file != nullptr);
    return file;
}

std::shared_ptr<EVP_PKEY> new_key() {
    std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    require(key != nullptr);
    return key;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
    require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// Without an issuer it signs itself.
std::shared_ptr<X509> certify(EVP_PKEY* key, const Leaf& leaf, X509* issuer, EVP_PKEY* issuer_key, long serial) {
    std::shared_ptr<X509> made(X509_new(), X509_free);
    require(made != nullptr);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), leaf.begins_in_days * day_s);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), leaf.ends_in_days * day_s);
    const auto* name = reinterpret_cast<const unsigned char*>(leaf.common_name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8, name, -1, -1, 0);
    X509_set_issuer_name(made.get(), X509_get_subject_name(issuer != nullptr ? issuer : made.get()));
    X509_set_pubkey(made.get(), key);
    if (issuer == nullptr) {
        add_extension(made.get(), NID_basic_constraints, "critical,CA:TRUE");
        add_extension(made.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    } else if (!leaf.names.empty()) {
        add_extension(made.get(), NID_subject_alt_name, leaf.names);
    }
    require(X509_sign(made.get(), issuer_key, EVP_sha256()) > 0);
    return made;
}

void write(const std::filesystem::path& path, X509* certificate) {
    require(PEM_write_X509(open(path, "w").get(), certificate) == 1);
}

}  // namespace

Authority::Authority(std::filesystem::path folder, std::string name)
    : folder_(std::move(folder)), name_(std::move(name)), ca_file_(folder_ / (name_ + "-ca.pem")), key_(new_key()) {
    Leaf self;
    self.common_name = name_;
    certificate_ = certify(key_.get(), self, nullptr, key_.get(), 1);
    write(ca_file_, certificate_.get());
}

broker::dicom::TlsFiles Authority::issue(const Leaf& leaf) {
    const std::string stem = name_ + "-" + std::to_string(++count_);
    const auto key = new_key();
    const auto certificate = certify(key.get(), leaf, certificate_.get(), key_.get(), 1 + count_);
    const auto certificate_file = folder_ / (stem + ".pem"), key_file = folder_ / (stem + ".key");
    write(certificate_file, certificate.get());
    require(PEM_write_PrivateKey(open(key_file, "w").get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return {certificate_file, key_file, ca_file_};
}

std::string pin_of(const std::filesystem::path& certificate_file) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_X509(open(certificate_file, "r").get(), nullptr, nullptr, nullptr), X509_free);
    require(certificate != nullptr);
    std::array<unsigned char, 1024> der;
    unsigned char* end = der.data();
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &end);
    require(size > 0 && size <= static_cast<int>(der.size()));
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(der.data(), static_cast<std::size_t>(size), digest.data());
    std::array<unsigned char, 64> base64;
    EVP_EncodeBlock(base64.data(), digest.data(), digest.size());
    return std::string("sha256/") + reinterpret_cast<const char*>(base64.data());
}

}  // namespace support
