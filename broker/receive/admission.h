/// Admission: whether there is room on the disk for another instance.
///
/// Any thread. Must not outlive the spool and the clock. The file system is asked at most once a second: between two
/// answers the spool itself refuses what doesn't fit.
#pragma once

#include <mutex>
#include <optional>

#include "broker/clock.h"
#include "broker/config/units.h"
#include "spool/spool.h"

namespace broker::receive {

class Admission {
public:
    Admission(const spool::Spool& spool, const Clock& clock) : spool_(spool), clock_(clock) {}

    /// False below `refuse_below` of free space, or without an inode left. Throws spool::Error: io.
    bool has_room(const config::PercentOrBytes& refuse_below);

private:
    const spool::Spool& spool_;
    const Clock& clock_;
    std::mutex mutex_;  ///< guards what follows
    std::optional<Monotonic> asked_at_;
    spool::Space space_;
};

}  // namespace broker::receive
