// Space on the spool's disk against the configured marks.
#include "broker/receive/space_watch.h"

#include <spdlog/spdlog.h>

namespace broker::receive {

std::string_view to_string(SpaceState state) {
    switch (state) {
        case SpaceState::ok:
            return "ok";
        case SpaceState::warn:
            return "warn";
        case SpaceState::refusing:
            return "refusing";
    }
    return "";
}

SpaceState judge(const spool::Space& space, const config::Spool& marks) {
    // A file takes an inode, too.
    if (space.free_inodes == 0) return SpaceState::refusing;
    if (space.free_bytes < config::bytes_of(marks.refuse_below, space.total_bytes)) return SpaceState::refusing;
    if (space.free_bytes < config::bytes_of(marks.warn_below, space.total_bytes)) return SpaceState::warn;
    return SpaceState::ok;
}

SpaceWatch::SpaceWatch(const spool::Spool& spool, config::Spool marks, const Clock& clock)
    : spool_(spool), clock_(clock), marks_(std::move(marks)) {}

void SpaceWatch::set_marks(const config::Spool& marks) {
    std::lock_guard lock(mutex_);
    marks_ = marks;
    asked_at_.reset();
}

SpaceWatch::Look SpaceWatch::look() {
    std::lock_guard lock(mutex_);
    const Monotonic now = clock_.monotonic();
    if (asked_at_ && now - *asked_at_ < std::chrono::seconds(1)) return last_;
    asked_at_ = now;
    try {
        last_.space = spool_.space();
        last_.state = judge(last_.space, marks_);
    } catch (const spool::Error& error) {
        spdlog::error("event=space_unknown what=\"{}\"", error.what());
        last_.state = SpaceState::refusing;
    }
    if (last_.state != SpaceState::refusing)
        last_.refusing_since.reset();
    else if (!last_.refusing_since)
        last_.refusing_since = clock_.now();
    return last_;
}

}  // namespace broker::receive
