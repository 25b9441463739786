/// The data sets of Storage Commitment Push Model (PS3.4 J.3.2 and J.3.3): requests and reports, as values and bytes.
///
/// Pure functions; any thread. Reading is iterative and bounded: what a peer sends costs no more than its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace broker::dicom {

inline constexpr std::string_view storage_commitment_sop_class = "1.2.840.10008.1.20.1";
/// The well-known SOP Instance that all requests and reports name (PS3.4 J.3.5).
inline constexpr std::string_view storage_commitment_sop_instance = "1.2.840.10008.1.20.1.1";

struct Reference {
    std::string sop_class_uid, sop_instance_uid;
    bool operator==(const Reference&) const = default;
};

struct FailedReference {
    Reference reference;
    std::uint16_t reason = 0;  ///< Failure Reason (0008,1197), PS3.3 C.14.1.1
    bool operator==(const FailedReference&) const = default;
};

/// An N-ACTION-RQ's data set.
struct CommitmentRequest {
    std::string transaction_uid;
    std::vector<Reference> references;
};

/// An N-EVENT-REPORT-RQ's data set.
struct CommitmentReport {
    std::string transaction_uid;
    std::vector<Reference> committed;
    std::vector<FailedReference> failed;
};

struct CommitmentLimits {
    std::size_t references_max = 100'000;
};

/// In Explicit VR Little Endian, or, where `is_implicit`, Implicit VR Little Endian.
std::vector<std::byte> bytes_of(const CommitmentRequest& request, bool is_implicit);
std::vector<std::byte> bytes_of(const CommitmentReport& report, bool is_implicit);

/// Nothing when it is malformed, has no usable Transaction UID, or goes over the limits. References whose UIDs could
/// not be keyed are left out.
std::optional<CommitmentRequest> parse_commitment_request(std::span<const std::byte> bytes, bool is_implicit,
                                                          const CommitmentLimits& limits = {});
std::optional<CommitmentReport> parse_commitment_report(std::span<const std::byte> bytes, bool is_implicit,
                                                        const CommitmentLimits& limits = {});

}  // namespace broker::dicom
