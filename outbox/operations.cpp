/// A person's verbs: by one job, and by filter in slices.
#include <array>
#include <cassert>

#include "outbox/assigning.h"
#include "outbox/moving.h"
#include "outbox/writer.h"

namespace outbox {

static Applied outcome(Writer& writer, JobId job, std::int64_t changed) {
    return {changed == 1, writer.state_of(job)};
}

static Cursor& bind_act(Cursor& statement, JobId job, const Actor& actor, Instant now) {
    return statement.bind(":job", job).bind(":actor", actor.name).bind(":note", actor.note).bind(":now", now);
}

static Applied change(Writer& writer, Statement& verb, JobId job, const Actor& actor, Instant now) {
    writer.require_transaction();
    std::int64_t changed = 0;
    {
        Cursor statement(verb);
        changed = bind_act(statement, job, actor, now).run();
    }
    return outcome(writer, job, changed);
}

Applied begin_round(Writer& writer, JobId job, const Round& round, const Actor& actor, Instant now) {
    writer.require_transaction();
    std::int64_t changed = 0;
    {
        Cursor statement(writer.statements.resend);
        std::optional<std::int64_t> priority;
        if (round.priority) priority = static_cast<int>(*round.priority);
        statement.bind(":priority", priority).bind(":stands_in_for", round.stands_in_for);
        changed = bind_act(statement, job, actor, now).run();
    }
    // Given up, it was not there when its study got a number.
    if (changed == 1) assign_again(writer, job, actor, now);
    return outcome(writer, job, changed);
}

Applied Outbox::hold(JobId job, const Actor& actor, Instant now) {
    return change(*parts_, parts_->statements.hold_by_person, job, actor, now);
}

Applied Outbox::release(JobId job, const Actor& actor, Instant now) {
    return change(*parts_, parts_->statements.release, job, actor, now);
}

Applied Outbox::retry(JobId job, const Actor& actor, Instant now, std::optional<Instant> due_at) {
    parts_->require_transaction();
    Cursor statement(parts_->statements.retry);
    const auto changed = bind_act(statement, job, actor, now).bind(":due_at", due_at.value_or(now)).run();
    return outcome(*parts_, job, changed);
}

Applied Outbox::recheck(JobId job, const Actor& actor, Instant now) {
    return change(*parts_, parts_->statements.recheck, job, actor, now);
}

Applied Outbox::resend(JobId job, const Actor& actor, Instant now) {
    return begin_round(*parts_, job, {}, actor, now);
}

Applied Outbox::ask_now(JobId job, const Actor& actor, Instant now) {
    return change(*parts_, parts_->statements.ask_now, job, actor, now);
}

Applied Outbox::cancel(JobId job, Reason reason, const Actor& actor, Instant now) {
    parts_->require_transaction();
    Cursor statement(parts_->statements.cancel);
    const auto changed = bind_act(statement, job, actor, now).bind(":reason", code(reason)).run();
    return outcome(*parts_, job, changed);
}

Applied Outbox::adopt(JobId job, const Actor& actor, Instant now) {
    parts_->require_transaction();
    // The operator's word is kept as an attempt like any other evidence; without it the schema refuses the delivery.
    Cursor(parts_->statements.record_adoption)
        .bind(":job", job)
        .bind(":generation", parts_->generation)
        .bind(":note", actor.note)
        .bind(":now", now)
        .run();
    return change(*parts_, parts_->statements.adopt, job, actor, now);
}

Applied Outbox::act(Verb verb, JobId job, const Actor& actor, Instant now) {
    switch (verb) {
        case Verb::hold:
            return hold(job, actor, now);
        case Verb::release:
            return release(job, actor, now);
        case Verb::retry:
            return retry(job, actor, now);
        case Verb::cancel:
            return cancel(job, Reason::cancelled_by_operator, actor, now);
        case Verb::resend:
            return resend(job, actor, now);
        case Verb::adopt:
            return adopt(job, actor, now);
        case Verb::ask:
            return ask_now(job, actor, now);
        case Verb::recheck:
            return recheck(job, actor, now);
        default:
            assert(false && "not a person's verb");
            return {};
    }
}

/// The states from which a person may do it; a hold of one that is sending is its sender's alone.
static std::array<State, 3> states_before(Verb verb) {
    switch (verb) {
        case Verb::hold:
        case Verb::retry:
            return {State::queued, State::uncertain, State::uncertain};
        case Verb::release:
        case Verb::adopt:
            return {State::held, State::held, State::held};
        case Verb::resend:
            return {State::delivered, State::cancelled, State::cancelled};
        case Verb::ask:
            return {State::uncertain, State::delivered, State::delivered};
        case Verb::recheck:
            return {State::queued, State::queued, State::queued};
        default:
            return {State::queued, State::held, State::uncertain};
    }
}

namespace {

/// What one slice looks at: by the filter's narrowest condition, in a window of job numbers.
struct Window {
    Statement* statement;
    std::int64_t last;  ///< job number
    bool is_all;        ///< no job lies behind it
};

}  // namespace

static Window window_of(Writer& writer, const JobFilter& filter, JobId from) {
    static constexpr std::int64_t rows_per_slice_max = 20'000;
    Cursor row(writer.statements.last_job);
    row.step();
    const auto last_job = row.number(0);
    auto& statements = writer.statements;
    if (filter.study_instance_uid) return {&statements.act_on_study, last_job, true};
    if (filter.accession_number && !filter.accession_number->empty()) {
        return {&statements.act_on_accession, last_job, true};
    }
    if (filter.patient_id && !filter.patient_id->empty()) return {&statements.act_on_patient, last_job, true};
    const auto last = from.value + rows_per_slice_max - 1;
    auto& statement = filter.destination ? statements.act_on_destination : statements.act_on_any;
    return {&statement, last, last >= last_job};
}

static void bind_filter(Cursor& row, const JobFilter& filter, const std::optional<DestinationId>& destination) {
    row.bind(":destination", destination)
        .bind(":sender", filter.sender)
        .bind(":modality", filter.modality)
        .bind(":study", filter.study_instance_uid)
        .bind(":accession", filter.accession_number)
        .bind(":patient", filter.patient_id)
        .bind(":since", filter.since)
        .bind(":until", filter.until)
        .bind(":older_than", filter.older_than)
        .bind(":undelivered", filter.is_undelivered);
    if (filter.state) row.bind(":state", to_string(*filter.state));
    if (filter.reason) row.bind(":reason", code(*filter.reason));
}

namespace {

struct Named {
    JobId job;
    DestinationId destination;
    Instant due_at;
};

}  // namespace

/// One slice of the filter's jobs that are in one of `states`, each given to `change`, which says whether it applied.
template <class Change>
static Slice for_slice(Writer& writer, const JobFilter& filter, std::optional<DestinationId> destination,
                       const std::array<State, 3>& states, JobId from, std::size_t limit, Change change) {
    const auto window = window_of(writer, filter, from);
    std::vector<Named> jobs;
    {
        Cursor row(*window.statement);
        bind_filter(row, filter, destination);
        row.bind(":state_1", to_string(states[0])).bind(":state_2", to_string(states[1]));
        row.bind(":state_3", to_string(states[2]));
        row.bind(":from", from).bind(":to", window.last).bind(":limit", static_cast<std::int64_t>(limit));
        while (row.step()) jobs.push_back({row.id<JobId>(0), row.id<DestinationId>(1), row.instant(2)});
    }
    Slice slice;
    for (const Named& each : jobs) {
        ++slice.seen;
        slice.changed += change(each);
    }
    if (jobs.size() == limit) {
        slice.next = JobId{jobs.back().job.value + 1};
    } else if (!window.is_all) {
        slice.next = JobId{window.last + 1};
    }
    return slice;
}

Slice Outbox::act(Verb verb, const JobFilter& filter, JobId from, std::size_t limit, const Actor& actor, Instant now,
                  Spread* spread) {
    parts_->require_transaction();
    std::optional<DestinationId> named;
    if (filter.destination && !(named = destination(*filter.destination))) return {};
    return for_slice(*parts_, filter, named, states_before(verb), from, limit, [&](const Named& each) {
        // What is due already takes nobody's place.
        if (verb == Verb::retry && spread != nullptr && each.due_at > now)
            return retry(each.job, actor, now, spread->next(each.destination)).applied;
        return act(verb, each.job, actor, now).applied;
    });
}

Slice Outbox::move(const JobFilter& filter, const PlannedJob& there, JobId from, std::size_t limit, const Actor& actor,
                   Instant now) {
    parts_->require_transaction();
    assert(filter.destination);
    const auto leaves = destination(*filter.destination);
    if (!leaves) return {};
    return for_slice(*parts_, filter, leaves, states_before(Verb::cancel), from, limit,
                     [&](const Named& each) { return move(each.job, there, actor, now).applied; });
}

}  // namespace outbox
