/// Certificates: an authority of its own for one test, and what it signs, as PEM files in a folder.
///
/// One thread at a time. Nothing is shared with the product's code but OpenSSL.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "broker/dicom/tls.h"

struct evp_pkey_st;
struct x509_st;

namespace support {

struct Leaf {
    std::string common_name = "localhost";
    std::string names = "DNS:localhost,IP:127.0.0.1";  ///< subjectAltName
    int begins_in_days = -10, ends_in_days = 365;      ///< from now
};

class Authority {
public:
    /// Writes the authority's certificate into `folder`, which must outlive it.
    Authority(std::filesystem::path folder, std::string name);

    /// Files with a new key and a certificate for it. Their ca_file is this authority's.
    broker::dicom::TlsFiles issue(const Leaf& leaf = {});
    const std::filesystem::path& ca_file() const { return ca_file_; }

private:
    const std::filesystem::path folder_;
    const std::string name_;
    std::filesystem::path ca_file_;
    std::shared_ptr<evp_pkey_st> key_;
    std::shared_ptr<x509_st> certificate_;
    int count_ = 0;
};

/// "sha256/…" of the first certificate in the file.
std::string pin_of(const std::filesystem::path& certificate_file);

}  // namespace support
