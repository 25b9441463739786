/// Spread: keeps many jobs that a person makes due from becoming due in the same instant.
///
/// A value for one act, which may go on over many slices. One thread at a time.
#pragma once

#include <cstdint>
#include <map>

#include "outbox/ids.h"

namespace outbox {

class Spread {
public:
    /// At most `per_second` jobs of each destination in each second from `from` on; 0: all of them at `from`.
    Spread(std::int64_t per_second, Instant from) : per_second_(per_second), from_(from) {}

    /// When the destination's next job is due, in whole seconds after `from`, so that what is due together can share an
    /// association.
    Instant next(DestinationId destination) {
        if (per_second_ <= 0) return from_;
        return from_ + std::chrono::seconds(given_[destination]++ / per_second_);
    }

private:
    std::int64_t per_second_;
    Instant from_;
    std::map<DestinationId, std::int64_t> given_;
};

}  // namespace outbox
