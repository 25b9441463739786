/// Statistics: what the receiving side did since the start, for status and metrics.
///
/// Any thread. Counters only grow, but `associations_open`.
#pragma once

#include <atomic>
#include <cstdint>

#include "outbox/measure/histogram.h"

namespace broker::receive {

struct Statistics {
    std::atomic<std::uint64_t> instances{0};     ///< of which custody was taken, repeats included
    std::atomic<std::uint64_t> bytes{0};         ///< of those
    std::atomic<std::uint64_t> refused{0};       ///< C-STOREs answered with a failure
    std::atomic<std::uint64_t> associations{0};  ///< accepted
    std::atomic<std::uint64_t> rejected{0};      ///< requests that got no association
    std::atomic<std::int64_t> associations_open{0};
    std::atomic<std::int64_t> last_instance_at_ms{0};  ///< 0: none yet
    measure::Histogram store;                          ///< from the last PDV of a C-STORE until its answer is sent
};

}  // namespace broker::receive
