/// Which jobs match a filter: pages of them, how many there are, and one with its attempts.
#include <algorithm>
#include <array>
#include <cassert>
#include <functional>

#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

namespace {

bool is_given(const std::optional<std::string>& text) {
    return text && !text->empty();
}

bool is_any_of(const std::optional<State>& state, std::initializer_list<State> states) {
    return state && std::find(states.begin(), states.end(), *state) != states.end();
}

/// A list, and the filters that it can lead. "" is what an instance without the attribute has: never a few.
struct Lead {
    Statement ViewParts::*list;
    bool (*fits)(const JobFilter& filter);
};

constexpr Lead leads[] = {
    {&ViewParts::jobs_of_study, [](const JobFilter& filter) { return is_given(filter.study_instance_uid); }},
    {&ViewParts::jobs_of_accession, [](const JobFilter& filter) { return is_given(filter.accession_number); }},
    {&ViewParts::jobs_of_patient, [](const JobFilter& filter) { return is_given(filter.patient_id); }},
    {&ViewParts::jobs_open_of_destination,
     [](const JobFilter& filter) {
         return filter.destination &&
                is_any_of(filter.state, {State::queued, State::sending, State::uncertain, State::held});
     }},
    {&ViewParts::jobs_undelivered_of_destination,
     [](const JobFilter& filter) { return filter.destination && filter.is_undelivered; }},
    {&ViewParts::jobs_of_reason,
     [](const JobFilter& filter) { return filter.reason && *filter.reason != Reason::none; }},
    {&ViewParts::jobs_of_state,
     [](const JobFilter& filter) {
         return is_any_of(filter.state,
                          {State::queued, State::sending, State::uncertain, State::held, State::cancelled});
     }},
    {&ViewParts::jobs_of_destination, [](const JobFilter& filter) { return filter.destination.has_value(); }},
    {&ViewParts::jobs_newest, [](const JobFilter&) { return true; }},
};

using CountByState = std::array<std::int64_t, 6>;

/// What the counters know of a filter: an upper bound, and the answer where it names nothing else than they do.
CountByState counted(ViewParts& parts, const JobFilter& filter, std::optional<DestinationId> destination) {
    CountByState counts{};
    Cursor row(parts.counters);
    row.bind(":destination", destination)
        .bind(":state", filter.state ? std::optional(to_string(*filter.state)) : std::nullopt);
    row.bind(":reason", filter.reason ? std::optional(code(*filter.reason)) : std::nullopt);
    while (row.step()) counts[static_cast<std::size_t>(read_state(row, 1))] += row.number(4);
    return counts;
}

bool is_counted(const JobFilter& filter) {
    JobFilter rest = filter;
    rest.destination.reset();
    rest.state.reset();
    rest.reason.reset();
    return rest.is_empty();
}

std::int64_t sum(const CountByState& counts) {
    std::int64_t jobs = 0;
    for (const std::int64_t each : counts) jobs += each;
    return jobs;
}

std::optional<DestinationId> destination_named(ViewParts& parts, const std::string& name) {
    Cursor row(parts.destinations);
    if (!row.bind(":name", name).step()) return std::nullopt;
    return row.id<DestinationId>(0);
}

void bind_filter(Cursor& row, const JobFilter& filter, std::optional<DestinationId> destination) {
    row.bind(":destination", destination);
    row.bind(":state", filter.state ? std::optional(to_string(*filter.state)) : std::nullopt);
    row.bind(":reason", filter.reason ? std::optional(code(*filter.reason)) : std::nullopt);
    row.bind(":sender", filter.sender).bind(":modality", filter.modality);
    row.bind(":study", filter.study_instance_uid).bind(":accession", filter.accession_number);
    row.bind(":patient", filter.patient_id);
    row.bind(":since", from_first(filter.since)).bind(":until", until_last(filter.until));
    row.bind(":older_than", until_last(filter.older_than));
}

/// A job is owed from when it was made, or later: so what is owed since before an instant was made before it, too.
Range range_of_jobs(ViewParts& parts, const JobFilter& filter) {
    std::optional<Instant> until = filter.until;
    if (filter.older_than) until = std::min(until_last(until), *filter.older_than);
    return range_of(parts.job_bounds, filter.since, until);
}

/// Walks the jobs below `before` that the leading filter names, newest first, and shows `seen` those that match, until
/// it has enough (false), or as many were walked as one snapshot is held for. Returns where it stopped; nothing: at the
/// end.
std::optional<JobId> walk(ViewParts& parts, const JobFilter& filter, std::optional<JobId> before,
                          const std::function<bool(JobId, State)>& seen) {
    std::optional<DestinationId> destination;
    if (filter.destination) {
        destination = destination_named(parts, *filter.destination);
        if (!destination) return std::nullopt;
    }
    // Saves a walk through all jobs to find that none is delivered yet.
    if (sum(counted(parts, filter, destination)) == 0) return std::nullopt;
    const auto lead =
        std::find_if(std::begin(leads), std::end(leads), [&](const Lead& each) { return each.fits(filter); });
    const Range range = range_of_jobs(parts, filter);
    Cursor row(parts.*lead->list);
    bind_filter(row, filter, destination);
    if (lead->list != &ViewParts::jobs_undelivered_of_destination) row.bind(":undelivered", filter.is_undelivered);
    row.bind(":after", range.after).bind(":before", before ? std::min(before->value, range.before) : range.before);
    for (std::size_t walked = 1; row.step(); ++walked) {
        const auto id = row.id<JobId>(0);
        const bool is_match = row.number(2) != 0;
        if (is_match && !seen(id, read_state(row, 1))) return id;
        if (walked == Views::walk_rows_max) return id;
    }
    return std::nullopt;
}

CountByState count(ViewParts& parts, const JobFilter& filter) {
    CountByState counts{};
    if (is_counted(filter)) {
        const Snapshot snapshot(parts.database);
        std::optional<DestinationId> destination;
        if (filter.destination) {
            destination = destination_named(parts, *filter.destination);
            if (!destination) return counts;
        }
        return counted(parts, filter, destination);
    }
    std::optional<JobId> before;
    do {
        const Snapshot snapshot(parts.database);
        before = walk(parts, filter, before, [&counts](JobId, State state) {
            ++counts[static_cast<std::size_t>(state)];
            return true;
        });
    } while (before);
    return counts;
}

/// An operator's verb never touches a job that is sending: it finishes.
bool applies(Verb verb, State from) {
    return from != State::sending && std::any_of(transitions.begin(), transitions.end(), [&](const Transition& each) {
               return each.verb == verb && each.from == from;
           });
}

/// The one verb that depends on more than the state.
std::int64_t count_to_recheck(ViewParts& parts, const JobFilter& filter) {
    if (filter.state && *filter.state != State::queued) return 0;
    std::int64_t jobs = 0;
    for (const Reason reason : {Reason::no_accession, Reason::order_not_found}) {
        if (filter.reason && *filter.reason != reason) continue;
        JobFilter narrower = filter;
        narrower.state = State::queued;
        narrower.reason = reason;
        jobs += sum(count(parts, narrower));
    }
    return jobs;
}

}  // namespace

JobPage Views::jobs(const JobFilter& filter, std::optional<JobId> before, std::size_t limit) const {
    assert(limit > 0);
    const std::size_t rows = std::min(limit, page_rows_max);
    const Snapshot snapshot(parts_->database);
    std::vector<JobId> ids;
    JobPage page;
    page.next = walk(*parts_, filter, before, [&](JobId id, State) {
        ids.push_back(id);
        return ids.size() <= rows;
    });
    if (ids.size() > rows) {
        ids.pop_back();
        page.next = ids.back();
    }
    for (const JobId id : ids) page.jobs.push_back(read_job(*parts_, id).value());
    return page;
}

std::int64_t Views::count_jobs(const JobFilter& filter) const {
    return sum(count(*parts_, filter));
}

std::int64_t Views::count_jobs(const JobFilter& filter, Verb verb) const {
    if (verb == Verb::recheck) return count_to_recheck(*parts_, filter);
    const CountByState counts = count(*parts_, filter);
    std::int64_t jobs = 0;
    for (std::size_t state = 0; state < counts.size(); ++state) {
        if (applies(verb, static_cast<State>(state))) jobs += counts[state];
    }
    return jobs;
}

JobRange Views::job_range(const JobFilter& filter) const {
    const Snapshot snapshot(parts_->database);
    const Range range = range_of_jobs(*parts_, filter);
    return {JobId{range.after + 1}, JobId{range.before - 1}};
}

std::vector<JobView> Views::jobs_of(std::string_view sop_instance_uid) const {
    const Snapshot snapshot(parts_->database);
    std::vector<JobView> views;
    Cursor row(parts_->instance_jobs);
    row.bind(":sop_instance_uid", sop_instance_uid);
    while (row.step()) views.push_back(read_job(*parts_, row.id<JobId>(0)).value());
    for (JobView& each : views) each.attempts = read_attempts(*parts_, each.id);
    return views;
}

std::optional<JobView> Views::job(JobId id) const {
    const Snapshot snapshot(parts_->database);
    std::optional<JobView> view = read_job(*parts_, id);
    if (view) view->attempts = read_attempts(*parts_, id);
    return view;
}

}  // namespace outbox
