/// What was received and what became of it, counted row by row, and compared with what the outbox says of itself.
#include <algorithm>
#include <map>
#include <set>

#include "outbox/reconciliation.h"
#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

namespace {

bool is_finished(State state) {
    return state == State::delivered || state == State::cancelled;
}

/// Jobs by what the counters count them by.
struct Kind {
    std::int64_t destination = 0;
    State state = State::queued;
    Reason reason = Reason::none;
    bool is_warning = false;
    auto operator<=>(const Kind&) const = default;
};
using Kinds = std::map<Kind, std::int64_t>;

void add(ReconciledJobs& to, const Kind& kind, std::int64_t jobs) {
    to.count += jobs;
    count_of(to.jobs, kind.state) += jobs;
    if (kind.state == State::queued && is_waiting(kind.reason)) to.jobs.waiting += jobs;
    if (kind.is_warning) to.warnings += jobs;
    if (kind.reason == Reason::none) return;
    const auto same = [&](const ReasonCount& each) { return each.state == kind.state && each.reason == kind.reason; };
    const auto found = std::ranges::find_if(to.by_reason, same);
    if (found == to.by_reason.end())
        to.by_reason.push_back({kind.state, kind.reason, jobs});
    else
        found->jobs += jobs;
}

/// What the outbox says of itself, at one moment.
struct Books {
    std::int64_t newest = 0, instances = 0, unrouted = 0;
    Kinds kinds;
};

Books read_books(ViewParts& parts) {
    Books books;
    if (Cursor row(parts.newest_instance); row.step()) books.newest = row.number(0);
    for (Cursor row(parts.tallies); row.step();) {
        if (row.text(0) == "instances") books.instances = row.number(1);
        if (row.text(0) == "unrouted") books.unrouted = row.number(1);
    }
    Cursor row(parts.counters);
    row.bind(":destination", std::nullopt).bind(":state", std::nullopt).bind(":reason", std::nullopt);
    while (row.step())
        books.kinds[{row.number(0), read_state(row, 1), read_reason(row, 2), row.number(3) != 0}] = row.number(4);
    return books;
}

/// The walk through the instances, newest first, and what it has seen so far.
class Count {
public:
    Count(ViewParts& parts, const ReconciliationFilter& filter, std::optional<std::int64_t> destination,
          std::int64_t newest)
        : parts_(parts), filter_(filter), destination_(destination) {
        range_ = range_of(parts.instance_bounds, filter.since, filter.until);
        range_.before = std::min(range_.before, newest + 1);
    }

    /// One slice, in the snapshot that is open; false: that was the last.
    bool slice() {
        Cursor row(parts_.reconciled);
        row.bind(":since", from_first(filter_.since)).bind(":until", until_last(filter_.until));
        row.bind(":after", range_.after).bind(":before", range_.before);
        std::int64_t instance = 0;
        for (std::size_t walked = 0; row.step(); ++walked) {
            if (row.number(0) != instance && walked >= Views::walk_rows_max) return true;
            const bool is_first = row.number(0) != instance;
            instance = range_.before = row.number(0);
            if (row.number(8) != 0) see(row, is_first);
        }
        return false;
    }

    Reconciliation result;
    Kinds kinds;
    std::int64_t job_counts = 0, unfinished_counts = 0;  ///< as the instances say
    std::vector<std::string> studies;                    ///< with anything not delivered, the newest first

private:
    void see(const Cursor& row, bool is_first) {
        const bool has_job = !row.is_null(4);
        if (is_first) {
            ++result.received_count;
            result.routed_count += has_job;
            result.unrouted_count += row.number(2) == 0;
            job_counts += row.number(2);
            unfinished_counts += row.number(3);
        }
        if (!has_job) return destination_ ? void() : note_study(row.text(1));
        const Kind kind{row.number(4), read_state(row, 5), read_reason(row, 6), row.number(7) != 0};
        ++kinds[kind];
        if (kind.state != State::delivered && (!destination_ || *destination_ == kind.destination))
            note_study(row.text(1));
    }

    void note_study(std::string_view uid) {
        if (uid.empty() || known_.contains(uid)) return;
        if (studies.size() == filter_.studies_max) {
            result.is_truncated = true;
            return;
        }
        studies.emplace_back(uid);
        known_.emplace(uid);
    }

    ViewParts& parts_;
    const ReconciliationFilter& filter_;
    const std::optional<std::int64_t> destination_;
    Range range_;
    std::set<std::string, std::less<>> known_;
};

ReconciledStudy read_study(ViewParts& parts, const ReconciliationFilter& filter,
                           std::optional<std::int64_t> destination, const std::string& uid) {
    ReconciledStudy study;
    study.study_instance_uid = uid;
    study.received_at = Instant::min();
    Cursor row(parts.reconciled_study);
    row.bind(":study", uid).bind(":destination", destination);
    row.bind(":since", from_first(filter.since)).bind(":until", until_last(filter.until));
    while (row.step()) {
        if (study.accession_number.empty()) study.accession_number = row.text(4);
        study.received_at = std::max(study.received_at, row.instant(5));
        study.modalities = row.text(6);
        if (row.is_null(1)) {
            study.unrouted_count += row.number(3);
            continue;
        }
        if (study.destinations.empty() || study.destinations.back().destination != row.text(0))
            study.destinations.push_back({std::string(row.text(0)), 0, {}, 0, {}});
        add(study.destinations.back(), {0, read_state(row, 1), read_reason(row, 2), false}, row.number(3));
        study.destinations.back().by_reason.clear();
    }
    return study;
}

void compare(Reconciliation& result, std::string what, std::int64_t left, std::int64_t right) {
    if (left != right) result.differences.push_back({std::move(what), left, right});
}

std::int64_t jobs_of(const Kinds& kinds, std::int64_t destination) {
    std::int64_t jobs = 0;
    for (const auto& [kind, count] : kinds) jobs += kind.destination == destination ? count : 0;
    return jobs;
}

std::int64_t count_at(const Kinds& kinds, const Kind& kind) {
    const auto found = kinds.find(kind);
    return found == kinds.end() ? 0 : found->second;
}

/// What holds of any period: each instance says how many jobs it has, and how many are unfinished. Read with its jobs,
/// so that nothing that happens meanwhile can make a difference.
void compare_rows(Count& count) {
    Reconciliation& result = count.result;
    std::int64_t jobs = 0, unfinished = 0;
    for (const auto& [kind, number] : count.kinds) {
        jobs += number;
        unfinished += is_finished(kind.state) ? 0 : number;
    }
    compare(result, "instances received = routed + unrouted", result.received_count,
            result.routed_count + result.unrouted_count);
    compare(result, "jobs = the instances' job_count", jobs, count.job_counts);
    compare(result, "unfinished jobs = the instances' unfinished_count", unfinished, count.unfinished_counts);
}

/// What holds of everything. Instances and jobs are never deleted: of the instances that were there at the beginning
/// there are as many as the tally said then, and a destination's jobs are between what its counters said then and what
/// they say now. States can be compared only where nothing changed meanwhile.
void compare_counters(Count& count, const Books& before, const Books& after,
                      const std::map<std::int64_t, std::string>& names, bool is_still) {
    Reconciliation& result = count.result;
    compare(result, "instances received = the tally of instances", result.received_count, before.instances);
    for (const auto& [id, name] : names) {
        const auto jobs = jobs_of(count.kinds, id);
        const auto at_least = jobs_of(before.kinds, id), at_most = std::max(at_least, jobs_of(after.kinds, id));
        compare(result, name + ": jobs = its counters", jobs, std::clamp(jobs, at_least, at_most));
    }
    result.is_compared = is_still;
    if (!is_still) return;
    compare(result, "instances unrouted = the tally of unrouted", result.unrouted_count, after.unrouted);
    Kinds all = after.kinds;
    all.insert(count.kinds.begin(), count.kinds.end());
    for (const auto& [kind, number] : all) {
        const auto name = names.find(kind.destination);
        compare(result,
                (name == names.end() ? "?" : name->second) + ": " + std::string(to_string(kind.state)) +
                    (kind.reason == Reason::none ? "" : ", " + std::string(code(kind.reason))) + " = its counter",
                count_at(count.kinds, kind), count_at(after.kinds, kind));
    }
}

}  // namespace

std::optional<Reconciliation> Views::reconcile(const ReconciliationFilter& filter,
                                               const std::function<bool()>& go_on) const {
    ViewParts& parts = *parts_;
    const auto version = [&] { return parts.database.number("PRAGMA data_version"); };
    std::map<std::int64_t, std::string> names;
    std::optional<std::int64_t> destination;
    Books before;
    std::optional<Count> count;
    const auto began = version();
    {
        const Snapshot snapshot(parts.database);
        Cursor row(parts.destinations);
        row.bind(":name", std::nullopt);
        while (row.step()) {
            names.emplace(row.number(0), row.text(1));
            if (filter.destination && row.text(1) == *filter.destination) destination = row.number(0);
        }
        before = read_books(parts);
        count.emplace(parts, filter, destination, before.newest);
    }
    for (bool has_more = true; has_more;) {
        {
            const Snapshot snapshot(parts.database);
            has_more = count->slice();
        }
        if (!go_on()) return std::nullopt;
    }
    compare_rows(*count);
    if (!filter.since && !filter.until) {
        const Snapshot snapshot(parts.database);
        const Books after = read_books(parts);
        compare_counters(*count, before, after, names, version() == began);
    }
    Reconciliation result = std::move(count->result);
    std::map<std::string, ReconciledJobs> sums;
    for (const auto& [kind, jobs] : count->kinds)
        if (!destination || *destination == kind.destination) add(sums[names[kind.destination]], kind, jobs);
    for (auto& [name, jobs] : sums) {
        jobs.destination = name;
        result.destinations.push_back(std::move(jobs));
    }
    for (const std::string& uid : count->studies) {
        if (!go_on()) return std::nullopt;
        const Snapshot snapshot(parts.database);
        result.studies.push_back(read_study(parts, filter, destination, uid));
    }
    return result;
}

}  // namespace outbox
