/// The machine's verbs: claiming jobs, and what became of each attempt.
#include <algorithm>
#include <cassert>
#include <iterator>

#include "outbox/writer.h"

namespace outbox {

static AttemptId open_attempt(Writer& writer, JobId job, const char* kind, Instant now) {
    Cursor(writer.statements.open_attempt)
        .bind(":job", job)
        .bind(":kind", kind)
        .bind(":generation", writer.generation)
        .bind(":now", now)
        .run();
    return {writer.database.last_insert_id()};
}

static std::int64_t claim_limit(Writer& writer, DestinationId destination, std::size_t limit, Instant now) {
    Cursor row(writer.statements.claim_limit);
    row.bind(":destination", destination).bind(":limit", static_cast<std::int64_t>(limit)).bind(":now", now);
    return row.step() ? row.number(0) : 0;
}

static ClaimedJob claimed_job(const Cursor& row) {
    ClaimedJob job;
    job.job = row.id<JobId>(0);
    job.instance = row.id<InstanceId>(1);
    job.round = row.number(2);
    job.attempt_count = row.number(3);
    job.digest = row.digest(4);
    job.version = row.number(5);
    job.sop_class_uid = row.text(6);
    job.sop_instance_uid = row.text(7);
    job.transfer_syntax_uid = row.text(8);
    job.study_instance_uid = row.text(9);
    job.series_instance_uid = row.text(10);
    job.calling_ae_title = row.text(11);
    job.imaging_study_id = row.text(12);
    return job;
}

/// Begins an attempt of each.
static void claim_all(Writer& writer, std::vector<ClaimedJob>& jobs, Instant now) {
    for (auto& job : jobs) {
        job.attempt = open_attempt(writer, job.job, "send", now);
        [[maybe_unused]] const auto claimed = Cursor(writer.statements.claim)
                                                  .bind(":job", job.job)
                                                  .bind(":attempt", job.attempt)
                                                  .bind(":generation", writer.generation)
                                                  .bind(":now", now)
                                                  .run();
        assert(claimed == 1);
    }
}

std::vector<ClaimedJob> Outbox::claim(DestinationId destination, std::size_t limit, Instant now) {
    parts_->require_transaction();
    auto room = claim_limit(*parts_, destination, limit, now);
    std::vector<ClaimedJob> jobs;
    for (const auto priority : {Priority::high, Priority::normal, Priority::low}) {
        if (room == 0) break;
        Cursor row(parts_->statements.claimable);
        row.bind(":destination", destination)
            .bind(":priority", static_cast<int>(priority))
            .bind(":now", now)
            .bind(":limit", room);
        for (; row.step(); --room) jobs.push_back(claimed_job(row));
    }
    claim_all(*parts_, jobs, now);
    return jobs;
}

std::vector<ClaimedJob> Outbox::claim(DestinationId destination, std::span<const JobId> wanted, std::size_t limit,
                                      Instant now) {
    parts_->require_transaction();
    auto room = claim_limit(*parts_, destination, limit, now);
    std::vector<ClaimedJob> jobs;
    for (const JobId each : wanted) {
        if (room == 0) break;
        Cursor row(parts_->statements.claimable_one);
        row.bind(":job", each).bind(":destination", destination).bind(":now", now);
        if (!row.step()) continue;
        jobs.push_back(claimed_job(row));
        --room;
    }
    claim_all(*parts_, jobs, now);
    return jobs;
}

/// False, and nothing changed, when the attempt is not the one whose outcome decides about the job in state `from`.
static bool close_attempt(Writer& writer, const Settlement& settlement, State from, Outcome outcome,
                          std::optional<Evidence> evidence = std::nullopt) {
    Cursor statement(writer.statements.close_attempt);
    statement.bind(":attempt", settlement.attempt)
        .bind(":job", settlement.job)
        .bind(":from", to_string(from))
        .bind(":now", settlement.at)
        .bind(":outcome", to_string(outcome))
        .bind(":status", settlement.status)
        .bind(":text", settlement.text)
        .bind(":bytes", settlement.bytes);
    if (evidence) {
        statement.bind(":evidence", to_string(*evidence));
    } else {
        statement.bind(":evidence", std::nullopt);
    }
    return statement.run() == 1;
}

/// The state that the attempt leads from: sending where it sent, uncertain where it asked.
static std::optional<State> close_either(Writer& writer, const Settlement& settlement, Outcome of_send,
                                         Outcome of_probe, std::optional<Evidence> evidence = std::nullopt) {
    const auto state = writer.state_of(settlement.job);
    if (state != State::sending && state != State::uncertain) return std::nullopt;
    const auto outcome = state == State::sending ? of_send : of_probe;
    if (!close_attempt(writer, settlement, *state, outcome, evidence)) return std::nullopt;
    return state;
}

/// The attempt was closed for a job in this very state, in this transaction: the verb must apply.
static bool applied(std::int64_t changed) {
    assert(changed == 1);
    return changed == 1;
}

bool Outbox::deliver(const Settlement& settlement, Evidence evidence, bool is_warning,
                     std::optional<Instant> confirm_due_at) {
    parts_->require_transaction();
    const auto from = close_either(*parts_, settlement, Outcome::delivered, Outcome::delivered, evidence);
    if (!from) return false;
    return applied(Cursor(parts_->statements.deliver)
                       .bind(":job", settlement.job)
                       .bind(":from", to_string(*from))
                       .bind(":status", settlement.status)
                       .bind(":is_warning", is_warning)
                       .bind(":evidence", to_string(evidence))
                       .bind(":confirm_due_at", confirm_due_at)
                       .bind(":now", settlement.at)
                       .run());
}

/// Queued again, or held where its bytes were damaged meanwhile.
static std::int64_t defer_job(Writer& writer, const Settlement& settlement, State from, Reason reason, Instant due_at) {
    const auto changed = Cursor(writer.statements.defer)
                             .bind(":job", settlement.job)
                             .bind(":from", to_string(from))
                             .bind(":reason", code(reason))
                             .bind(":is_waiting", is_waiting(reason))
                             .bind(":due_at", due_at)
                             .bind(":status", settlement.status)
                             .bind(":now", settlement.at)
                             .run();
    if (changed == 1) {
        Cursor(writer.statements.hold_deferred).bind(":job", settlement.job).bind(":now", settlement.at).run();
    }
    return changed;
}

bool Outbox::defer(const Settlement& settlement, Reason reason, Instant due_at) {
    parts_->require_transaction();
    const auto from = close_either(*parts_, settlement, Outcome::transient, Outcome::absent);
    return from && applied(defer_job(*parts_, settlement, *from, reason, due_at));
}

bool Outbox::defer_uncertain(JobId job, Reason reason, Instant due_at, Instant now) {
    parts_->require_transaction();
    return defer_job(*parts_, {job, {}, now, std::nullopt, "", 0}, State::uncertain, reason, due_at) == 1;
}

bool Outbox::doubt(const Settlement& settlement, Reason reason, Instant due_at) {
    parts_->require_transaction();
    if (!close_attempt(*parts_, settlement, State::sending, Outcome::unknown)) return false;
    return applied(Cursor(parts_->statements.doubt)
                       .bind(":job", settlement.job)
                       .bind(":reason", code(reason))
                       .bind(":due_at", due_at)
                       .bind(":status", settlement.status)
                       .bind(":now", settlement.at)
                       .run());
}

static std::int64_t hold_job(Writer& writer, const Settlement& settlement, State from, Reason reason,
                             std::string_view note = "") {
    return Cursor(writer.statements.hold)
        .bind(":job", settlement.job)
        .bind(":from", to_string(from))
        .bind(":reason", code(reason))
        .bind(":status", settlement.status)
        .bind(":note", note)
        .bind(":now", settlement.at)
        .run();
}

bool Outbox::hold(const Settlement& settlement, Reason reason, Outcome outcome) {
    parts_->require_transaction();
    assert(outcome == Outcome::needs_a_person || outcome == Outcome::unknown);
    const auto from = close_either(*parts_, settlement, outcome, outcome);
    return from && applied(hold_job(*parts_, settlement, *from, reason));
}

bool Outbox::hold_uncertain(JobId job, Reason reason, Instant now) {
    parts_->require_transaction();
    return hold_job(*parts_, {job, {}, now, std::nullopt, "", 0}, State::uncertain, reason) == 1;
}

bool Outbox::hold_queued(JobId job, Reason reason, Instant now, std::string_view note) {
    parts_->require_transaction();
    return hold_job(*parts_, {job, {}, now, std::nullopt, "", 0}, State::queued, reason, note) == 1;
}

bool Outbox::postpone(JobId job, Reason reason, Instant due_at, Instant now, std::string_view note) {
    parts_->require_transaction();
    return Cursor(parts_->statements.postpone)
               .bind(":job", job)
               .bind(":reason", code(reason))
               .bind(":is_waiting", is_waiting(reason) ? 1 : 0)
               .bind(":due_at", due_at)
               .bind(":note", note)
               .bind(":now", now)
               .run() == 1;
}

std::int64_t Outbox::postpone_due(DestinationId destination, Reason reason, Instant until, std::size_t limit,
                                  Instant now) {
    parts_->require_transaction();
    assert(is_waiting(reason) && until > now);
    std::int64_t changed = 0;
    for (const auto priority : {Priority::high, Priority::normal, Priority::low}) {
        changed += Cursor(parts_->statements.postpone_due)
                       .bind(":destination", destination)
                       .bind(":priority", static_cast<int>(priority))
                       .bind(":reason", code(reason))
                       .bind(":until", until)
                       .bind(":limit", static_cast<std::int64_t>(limit) - changed)
                       .bind(":now", now)
                       .run();
    }
    return changed;
}

std::int64_t Outbox::settle_quiet(DestinationId destination, std::chrono::milliseconds quiet, std::size_t limit,
                                  Instant now) {
    parts_->require_transaction();
    return Cursor(parts_->statements.settle_quiet)
        .bind(":destination", destination)
        .bind(":quiet", static_cast<std::int64_t>(quiet.count()))
        .bind(":limit", static_cast<std::int64_t>(limit))
        .bind(":now", now)
        .run();
}

std::optional<AttemptId> Outbox::ask(JobId job, Instant now) {
    parts_->require_transaction();
    if (Cursor(parts_->statements.ask).bind(":job", job).bind(":now", now).run() == 0) return std::nullopt;
    Cursor(parts_->statements.abandon_probes).bind(":job", job).bind(":now", now).run();
    return open_attempt(*parts_, job, "probe", now);
}

bool Outbox::close_probe(const Settlement& settlement, Instant due_at, Outcome outcome) {
    parts_->require_transaction();
    assert(outcome == Outcome::unknown || outcome == Outcome::absent);
    const auto state = parts_->state_of(settlement.job);
    if (state != State::uncertain && state != State::delivered) return false;
    if (!close_attempt(*parts_, settlement, *state, outcome)) return false;
    return applied(Cursor(parts_->statements.close_probe)
                       .bind(":job", settlement.job)
                       .bind(":due_at", due_at)
                       .bind(":status", settlement.status)
                       .bind(":now", settlement.at)
                       .run());
}

bool Outbox::put_off_probe(JobId job, std::optional<Instant> due_at, Instant now) {
    parts_->require_transaction();
    return Cursor(parts_->statements.put_off_probe).bind(":job", job).bind(":due_at", due_at).bind(":now", now).run() ==
           1;
}

Absences Outbox::absences(JobId job) {
    Cursor row(parts_->statements.absences);
    row.bind(":job", job).step();
    Absences absences{row.number(0), std::nullopt};
    if (!row.is_null(1)) absences.first_at = row.instant(1);
    return absences;
}

bool Outbox::confirm(const Settlement& settlement, Evidence evidence) {
    parts_->require_transaction();
    if (!close_attempt(*parts_, settlement, State::delivered, Outcome::confirmed, evidence)) return false;
    return applied(Cursor(parts_->statements.confirm)
                       .bind(":job", settlement.job)
                       .bind(":evidence", to_string(evidence))
                       .bind(":now", settlement.at)
                       .run());
}

namespace {

struct Recall {
    State to;
    Reason reason;
};

}  // namespace

/// Nothing: there is nothing left that could be sent again, so the delivery stands as it was reported.
static std::optional<Recall> decide_recall(std::int64_t earlier_recalls, std::string_view blob_state) {
    static constexpr std::int64_t recalls_max = 2;
    if (blob_state == "damaged") return Recall{State::held, Reason::damaged};
    if (blob_state != "kept") return std::nullopt;
    if (earlier_recalls >= recalls_max) return Recall{State::held, Reason::denied_repeatedly};
    return Recall{State::queued, Reason::absent};
}

bool Outbox::recall(const Settlement& settlement, Instant due_at) {
    parts_->require_transaction();
    std::optional<Recall> recall;
    {
        Cursor row(parts_->statements.recall_facts);
        row.bind(":job", settlement.job);
        if (row.step()) recall = decide_recall(row.number(0), row.text(1));
    }
    if (!recall || !close_attempt(*parts_, settlement, State::delivered, Outcome::absent)) return false;
    return applied(Cursor(parts_->statements.recall)
                       .bind(":job", settlement.job)
                       .bind(":to", to_string(recall->to))
                       .bind(":reason", code(recall->reason))
                       .bind(":due_at", due_at)
                       .bind(":status", settlement.status)
                       .bind(":now", settlement.at)
                       .run());
}

}  // namespace outbox
