#include "broker/receive/admission.h"

namespace broker::receive {

bool Admission::has_room(const config::PercentOrBytes& refuse_below) {
    constexpr std::chrono::seconds answer_stands_for{1};
    std::lock_guard lock(mutex_);
    const Monotonic now = clock_.monotonic();
    if (!asked_at_ || now - *asked_at_ >= answer_stands_for) {
        space_ = spool_.space();
        asked_at_ = now;
    }
    return space_.free_inodes > 0 && space_.free_bytes >= config::bytes_of(refuse_below, space_.total_bytes);
}

}  // namespace broker::receive
