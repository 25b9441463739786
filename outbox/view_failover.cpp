/// What may go to a destination that stands in for another one, and what may come back.
#include "outbox/view_parts.h"

namespace outbox {

FailoverSlice Views::to_fail_over(DestinationId from, DestinationId there, JobId after, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    FailoverSlice slice{{}, after, true, false};
    Cursor row(parts_->to_fail_over);
    row.bind(":from", from).bind(":there", there).bind(":after", after);
    for (std::size_t walked = 0; row.step(); ++walked) {
        if (slice.jobs.size() == limit || walked == walk_rows_max) {
            slice.is_last = false;
            break;
        }
        slice.seen = row.id<JobId>(0);
        slice.has_passed_over_made = slice.has_passed_over_made || row.number(4) != 0;
        if (row.number(1) != 0) slice.jobs.push_back({slice.seen, std::string(row.text(2)), std::string(row.text(3))});
    }
    return slice;
}

std::vector<Stray> Views::standing_in(DestinationId home, std::optional<DestinationId> from, JobId after,
                                      std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    std::vector<Stray> jobs;
    Cursor row(parts_->standing_in);
    row.bind(":home", home).bind(":from", from).bind(":after", after).bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) jobs.push_back({row.id<JobId>(0), std::string(row.text(1)), std::string(row.text(2))});
    return jobs;
}

HeldStrays Views::held_standing_in(DestinationId home, JobId after, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    HeldStrays held{{}, {}, after, true};
    Cursor row(parts_->held_standing_in);
    row.bind(":home", home).bind(":after", after).bind(":limit", static_cast<std::int64_t>(limit));
    for (std::size_t walked = 0; row.step();) {
        held.seen = row.id<JobId>(0);
        held.is_last = ++walked < limit;
        const Reason reason = parse_reason(row.text(3)).value();
        if (!is_of_its_place(reason)) continue;
        Stray stray{held.seen, std::string(row.text(1)), std::string(row.text(2))};
        if (reason == Reason::destination_removed) held.left.push_back(stray);
        held.jobs.push_back(std::move(stray));
    }
    return held;
}

}  // namespace outbox
