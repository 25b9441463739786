/// Certificates: those of ours that a configuration names, read and checked before somebody needs them.
///
/// Reads files when called and keeps nothing; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/config.h"
#include "broker/config/problem.h"
#include "outbox/ids.h"
#include "spool/digest.h"

namespace broker {

/// One that is shown to others.
struct Certificate {
    std::string where;  ///< "dicom.tls", "destination pacs-a"
    std::string subject;
    outbox::Instant not_after;
};

struct Certificates {
    std::vector<Certificate> own;
    /// By where they are named: the digest of what is in the files, to see that they were renewed.
    std::map<std::string, spool::Digest> contents;
    std::vector<config::Problem> problems;  ///< files that cannot be used, and pins that are none; `file` is empty
};

/// Where the certificates of a destination are, and those of [dicom.tls] and [http.tls].
std::string where_of(const config::Destination& destination);
inline constexpr std::string_view where_of_dicom = "dicom.tls";
inline constexpr std::string_view where_of_pages = "http.tls";

/// All that [dicom.tls], [http.tls] and each [destination.tls] of kind "dicom" name.
Certificates read_certificates(const config::Config& config);

/// Below so many days a certificate is warned of.
inline constexpr std::int64_t expiry_warned_days = 30;

/// Whole days until it expires; negative once it has.
std::int64_t days_left(outbox::Instant not_after, outbox::Instant now);

/// For people, each in a sentence: those that expire within expiry_warned_days, or have.
std::vector<std::string> expiry_warnings(const std::vector<Certificate>& certificates, outbox::Instant now);

}  // namespace broker
