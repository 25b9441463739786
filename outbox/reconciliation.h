/// Reconciliation: what was received, what became of it, and the lines that don't add up.
///
/// Values without behaviour. Made by `Views::reconcile`, from the rows and not from the counters.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "outbox/views.h"

namespace outbox {

struct ReconciliationFilter {
    std::optional<Instant> since, until;     ///< first received at or after, and before; neither: everything
    std::optional<std::string> destination;  ///< whose jobs and studies are shown; the instances are all
    std::size_t studies_max = Views::page_rows_max;
};

/// The jobs of one destination.
struct ReconciledJobs {
    std::string destination;
    std::int64_t count = 0;
    JobCounts jobs;
    std::int64_t warnings = 0;
    std::vector<ReasonCount> by_reason;  ///< only those with a reason
};

/// A study of which something was not delivered.
struct ReconciledStudy {
    std::string study_instance_uid, accession_number;
    std::string modalities;  ///< separated by backslashes, as in DICOM
    Instant received_at;     ///< the newest of its instances of that time
    std::int64_t unrouted_count = 0;
    std::vector<ReconciledJobs> destinations;  ///< without reasons
};

/// Two numbers that should be the same.
struct Difference {
    std::string what;
    std::int64_t left = 0, right = 0;
};

struct Reconciliation {
    std::int64_t received_count = 0;
    std::int64_t routed_count = 0;             ///< with a job
    std::int64_t unrouted_count = 0;           ///< that say that they have none
    std::vector<ReconciledJobs> destinations;  ///< by name
    std::vector<ReconciledStudy> studies;      ///< the newest first
    bool is_truncated = false;                 ///< there are more than `studies_max` of them
    std::vector<Difference> differences;
    /// Of everything: whether states were compared with the counters, too, which is possible only where nothing changed
    /// while it was counted. Nothing: of a part, which no counter has.
    std::optional<bool> is_compared;
};

}  // namespace outbox
