/// What the lanes and the janitor ask the views: which jobs are due, which are in doubt, which blobs must be there.
#include <algorithm>
#include <iterator>

#include "outbox/view_parts.h"

namespace outbox {

namespace {

constexpr Priority priorities[] = {Priority::high, Priority::normal, Priority::low};

/// A full hand, of which every fourth is one of the newest, so that what comes now doesn't wait behind all that waited.
std::vector<DueJob> mix(const std::vector<DueJob>& oldest, const std::vector<DueJob>& newest) {
    constexpr std::size_t between = 3;
    const std::size_t kept = oldest.size() - newest.size();
    std::vector<DueJob> hand;
    for (std::size_t i = 0; i < kept; ++i) {
        hand.push_back(oldest[i]);
        const std::size_t turn = i / between;
        const bool is_turn = i % between == between - 1 && turn < newest.size();
        if (is_turn) hand.push_back(newest[turn]);
    }
    return hand;
}

/// At least `limit` blobs, where there are so many, and all of the last one's instance. A row has an instance's own
/// blob and one derived from it, each or neither; the rows of an instance follow each other.
std::vector<KeptBlob> read_blobs(Cursor& row, std::size_t limit) {
    std::vector<KeptBlob> blobs;
    InstanceId last;
    while (row.step()) {
        const auto instance = row.id<InstanceId>(0);
        if (blobs.size() >= limit && instance != last) break;
        if (instance != last && !row.is_null(1)) blobs.push_back({instance, row.digest(1), row.number(2)});
        if (!row.is_null(3)) blobs.push_back({instance, row.digest(3), row.number(4)});
        last = instance;
    }
    return blobs;
}

}  // namespace

std::vector<DueJob> Views::due(DestinationId destination, Instant now, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    std::vector<DueJob> jobs;
    for (const Priority priority : priorities) {
        const auto read = [&](Statement& statement, std::size_t most) {
            Cursor row(statement);
            row.bind(":destination", destination).bind(":priority", static_cast<int>(priority)).bind(":now", now);
            row.bind(":limit", static_cast<std::int64_t>(most));
            std::vector<DueJob> some;
            while (row.step())
                some.push_back({row.id<JobId>(0), std::string(row.text(1)), std::string(row.text(2)),
                                std::string(row.text(3)), row.digest(4), row.number(5) != 0, std::string(row.text(6))});
            return some;
        };
        const std::size_t room = limit - jobs.size();
        if (room == 0) break;
        auto some = read(parts_->due_jobs, room);
        if (some.size() == room) some = mix(some, read(parts_->due_newest, room / 4));
        std::move(some.begin(), some.end(), std::back_inserter(jobs));
    }
    return jobs;
}

std::optional<Instant> Views::next_due_at(DestinationId destination, Instant now) const {
    const Snapshot snapshot(parts_->database);
    std::optional<Instant> next;
    for (const Priority priority : priorities) {
        Cursor row(parts_->next_due_at);
        row.bind(":destination", destination).bind(":priority", static_cast<int>(priority)).bind(":now", now);
        if (row.step()) next = std::min(next.value_or(Instant::max()), row.instant(0));
    }
    return next;
}

bool Views::has_quiet_to_settle(DestinationId destination, std::chrono::milliseconds quiet, Instant now) const {
    const Snapshot snapshot(parts_->database);
    Cursor row(parts_->has_quiet_to_settle);
    row.bind(":destination", destination).bind(":quiet", static_cast<std::int64_t>(quiet.count())).bind(":now", now);
    return row.step() && row.number(0) != 0;
}

static std::vector<DoubtfulJob> doubtful_jobs(Statement& statement, DestinationId destination, Instant now,
                                              std::size_t limit) {
    std::vector<DoubtfulJob> jobs;
    Cursor row(statement);
    row.bind(":destination", destination).bind(":now", now).bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) {
        DoubtfulJob& job = jobs.emplace_back();
        job.job = row.id<JobId>(0);
        job.instance = row.id<InstanceId>(1);
        job.round = row.number(2);
        job.sop_class_uid = row.text(3);
        job.sop_instance_uid = row.text(4);
        job.study_instance_uid = row.text(5);
        job.series_instance_uid = row.text(6);
        job.due_at = row.instant(7);
        job.state = parse_state(row.text(8)).value();
        job.commitment_asked_at = row.optional_instant(9);
        job.probe_count = row.number(10);
        job.was_denied_commitment = row.number(11) != 0;
        job.was_answered = !row.is_null(12);
        job.doubt_count = row.number(13);
        job.is_ambiguous = row.number(14) != 0;
    }
    return jobs;
}

std::vector<DoubtfulJob> Views::uncertain(DestinationId destination, Instant now, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    return doubtful_jobs(parts_->uncertain_jobs, destination, now, limit);
}

std::vector<DoubtfulJob> Views::to_confirm(DestinationId destination, Instant now, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    return doubtful_jobs(parts_->jobs_to_confirm, destination, now, limit);
}

std::vector<MissingInstance> Views::missing(DestinationId destination, const std::optional<std::string>& study,
                                            std::optional<Instant> since, InstanceId after, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    std::vector<MissingInstance> missing;
    if (since && !study) {
        Cursor row(parts_->instance_bound);
        row.bind(":since", since).step();
        after.value = std::max(after.value, row.number(0));
    }
    Cursor row(study ? parts_->missing_of_study : parts_->missing_since);
    row.bind(":destination", destination).bind(":after", after).bind(":limit", static_cast<std::int64_t>(limit));
    if (study)
        row.bind(":study", *study);
    else
        row.bind(":since", from_first(since));
    while (row.step()) {
        missing.push_back({row.id<InstanceId>(0), row.digest(1), std::string(row.text(2)), std::string(row.text(3)),
                           std::string(row.text(4)), std::string(row.text(5)), row.number(6) != 0,
                           std::string(row.text(7))});
    }
    return missing;
}

std::vector<KeptBlob> Views::unfinished_blobs(InstanceId after, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    Cursor row(parts_->unfinished_blobs);
    row.bind(":after", after);
    return read_blobs(row, limit);
}

std::vector<KeptBlob> Views::kept_blobs(InstanceId after, std::optional<Instant> since, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    std::int64_t bound = 0;
    if (since) {
        Cursor row(parts_->instance_bound);
        row.bind(":since", since).step();
        bound = row.number(0);
    }
    Cursor row(parts_->kept_blobs);
    row.bind(":after", std::max(after.value, bound)).bind(":since", from_first(since));
    return read_blobs(row, limit);
}

std::vector<KeptBlob> Views::damaged_blobs(InstanceId after, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    std::vector<KeptBlob> blobs;
    Cursor row(parts_->damaged_blobs);
    row.bind(":after", after.value).bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) blobs.push_back({row.id<InstanceId>(0), row.digest(1), row.number(2)});
    return blobs;
}

}  // namespace outbox
