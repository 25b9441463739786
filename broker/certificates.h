/// Certificates: those of ours that a configuration names, read and checked before somebody needs them.
///
/// Reads files when called and keeps nothing; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/config/config.h"
#include "broker/config/problem.h"
#include "outbox/ids.h"

namespace broker {

/// One that is shown to others.
struct Certificate {
    std::string where;  ///< "dicom.tls", "destination pacs-a"
    std::string subject;
    outbox::Instant not_after;
};

struct Certificates {
    std::vector<Certificate> own;
    std::vector<config::Problem> problems;  ///< files that cannot be used, and pins that are none; `file` is empty
};

/// All that [dicom.tls] and each [destination.tls] of kind "dicom" name.
Certificates read_certificates(const config::Config& config);

/// Below so many days a certificate is warned of.
inline constexpr std::int64_t expiry_warned_days = 30;

/// Whole days until it expires; negative once it has.
std::int64_t days_left(outbox::Instant not_after, outbox::Instant now);

/// For people, each in a sentence: those that expire within expiry_warned_days, or have.
std::vector<std::string> expiry_warnings(const std::vector<Certificate>& certificates, outbox::Instant now);

}  // namespace broker
