/// TlsCertificate: what is read from one X.509 certificate.
///
/// Pure functions; any thread. Internal to this folder.
#pragma once

#include <array>
#include <string>

#include "broker/dicom/tls.h"

struct x509_st;

namespace broker::dicom {

/// The key that a peer must have.
struct TlsPin {
    std::array<unsigned char, 32> spki_sha256{};
    std::string name;  ///< that its certificate must be for, too; empty: any
};

/// Nothing where `text` is not "sha256/" and the base64 of 32 bytes.
std::optional<TlsPin> parse_pin(const std::string& text);

/// X509_V_OK, or the X509_V_ERR_… by which it is refused.
int check_pin(const TlsPin& pin, x509_st* certificate);

/// What `parse_pin` takes; "" where the key cannot be written.
std::string pin_of(x509_st* certificate);

/// As RFC 4514 writes it, at most 512 characters.
std::string subject_of(x509_st* certificate);

CertificateFacts facts_of(x509_st* certificate);

/// Whether it is an address and no name.
bool is_address(const std::string& host);

}  // namespace broker::dicom
