/// What may go to a destination that stands in for another one, and what may come back.
#include "outbox/view_parts.h"

namespace outbox {

FailoverSlice Views::to_fail_over(DestinationId from, DestinationId there, JobId after, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    FailoverSlice slice{{}, after, true};
    Cursor row(parts_->to_fail_over);
    row.bind(":from", from).bind(":there", there).bind(":after", after);
    for (std::size_t walked = 0; row.step(); ++walked) {
        if (slice.jobs.size() == limit || walked == walk_rows_max) {
            slice.is_last = false;
            break;
        }
        slice.seen = row.id<JobId>(0);
        if (row.number(1) != 0) slice.jobs.push_back(slice.seen);
    }
    return slice;
}

std::vector<JobId> Views::standing_in(DestinationId home, std::optional<DestinationId> from, JobId after,
                                      std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    std::vector<JobId> jobs;
    Cursor row(parts_->standing_in);
    row.bind(":home", home).bind(":from", from).bind(":after", after).bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) jobs.push_back(row.id<JobId>(0));
    return jobs;
}

}  // namespace outbox
