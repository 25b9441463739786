/// SpaceWatch: whether the disk has room for new instances, by the marks of the configuration ([spool]).
///
/// Any thread. The file system is asked at most once a second; between two questions the last answer counts.
#pragma once

#include <mutex>
#include <optional>
#include <string_view>

#include "broker/clock.h"
#include "broker/config/config.h"
#include "spool/spool.h"

namespace broker::receive {

enum class SpaceState { ok, warn, refusing };

std::string_view to_string(SpaceState state);

/// Pure: what this much space means.
SpaceState judge(const spool::Space& space, const config::Spool& marks);

class SpaceWatch {
public:
    SpaceWatch(const spool::Spool& spool, config::Spool marks, const Clock& clock);

    struct Look {
        spool::Space space;
        SpaceState state = SpaceState::ok;
        std::optional<outbox::Instant> refusing_since;
    };
    /// Where the disk cannot be asked any more, it counts as full.
    Look look();
    /// From now on these count.
    void set_marks(const config::Spool& marks);

private:
    const spool::Spool& spool_;
    const Clock& clock_;
    std::mutex mutex_;  ///< guards the rest
    config::Spool marks_;
    std::optional<Monotonic> asked_at_;
    Look last_;
};

}  // namespace broker::receive
