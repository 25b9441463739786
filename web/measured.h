/// Measured: what the running broker counts and measures beside the database, for /metrics.
///
/// A value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "outbox/measure/histogram.h"

namespace web {

/// What came of the previews since the start.
struct PreviewCounts {
    std::uint64_t made = 0, from_cache = 0, failed = 0, without_picture = 0, dropped = 0;
    std::size_t waiting = 0;  ///< now
    std::uint64_t cache_bytes = 0;
    measure::Distribution latency;  ///< from the receipt until the picture was ready, of those made in advance
};

struct Measured {
    std::size_t commits_waiting = 0;                          ///< pieces in the committer's queue
    measure::Distribution stores;                             ///< from the last PDV of a C-STORE until its answer
    measure::Distribution commits;                            ///< of the committer's batches
    std::map<std::string, measure::Distribution> deliveries;  ///< by destination: from the claim until it was settled
    PreviewCounts previews;
};

}  // namespace web
