#include "tests/outbox/random_books.h"

#include "outbox/migrator.h"
#include "outbox/statement.h"

namespace outbox::testing {

using namespace std::chrono_literals;

const std::vector<std::string> RandomBooks::destinations{"pacs-a", "cloud", "research"};
const std::vector<std::string> RandomBooks::senders{"ct-1", "mr-1", ""};
const std::vector<std::string> RandomBooks::modalities{"CT", "MR", ""};
const std::vector<std::string> RandomBooks::studies{"1.2.1", "1.2.2", "1.2.3", "1.2.4", "1.2.5", "1.2.6", ""};
const std::vector<std::string> RandomBooks::accessions{"A1", "A2", "A3", "A4", ""};
const std::vector<std::string> RandomBooks::patients{"P1", "P2", "P3", ""};
const std::vector<std::string> RandomBooks::actors{"bridge", "local:alice", "local:bob"};

namespace {

std::string text(const std::string& value) {
    return "'" + value + "'";
}

Digest digest_of(std::int64_t name, int kind) {
    Digest digest{};
    digest[0] = static_cast<std::byte>(kind);
    digest[30] = static_cast<std::byte>(name >> 8);
    digest[31] = static_cast<std::byte>(name);
    return digest;
}

}  // namespace

RandomBooks::RandomBooks(unsigned seed, int instances) : random_(seed) {
    migrate(writer_);
    writer_.execute("BEGIN");
    writer_.execute("INSERT INTO node VALUES (1, 'here')");
    writer_.execute("INSERT INTO generation VALUES (1, 'test', 0, NULL)");
    writer_.execute("INSERT INTO edit VALUES (1, 'edits')");
    for (std::size_t i = 0; i < destinations.size(); ++i) {
        writer_.execute("INSERT INTO destination (id, name, kind, is_configured, first_configured_at_ms) VALUES (" +
                        std::to_string(i + 1) + ", " + text(destinations[i]) + ", 'dicom', 1, 0)");
    }
    for (std::size_t i = 0; i < senders.size(); ++i) {
        const std::string id = std::to_string(i + 1);
        writer_.execute("INSERT INTO association VALUES (" + id + ", 1, " + id + ", 'AE" + id +
                        "', 'BRIDGE', '10.0.0." + id + "', " + text(senders[i]) + ", '', 0)");
    }
    for (int i = 0; i < instances; ++i) add_instance();
    writer_.execute("COMMIT");
}

Instant RandomBooks::random_instant() {
    const Instant first{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
    return first + std::chrono::milliseconds(random(static_cast<int>((now_ - first + 2s).count())) - 1000);
}

void RandomBooks::add_instance() {
    // The wall clock mostly goes on, and sometimes is set back.
    now_ += chance(3) ? -std::chrono::seconds(random(3600)) : std::chrono::milliseconds(random(20'000));
    now_ = std::max(now_, Instant{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)});
    const int name = ++instances_, association = 1 + random(3);
    const std::string study = studies[static_cast<std::size_t>(random(7))];
    const auto one_of = [this](const std::vector<std::string>& all) {
        return all[static_cast<std::size_t>(random(static_cast<int>(all.size())))];
    };
    Cursor(
        prepared("INSERT INTO instance (id, sop_instance_uid, version, digest, bytes, sop_class_uid,"
                 " transfer_syntax_uid, study_instance_uid, series_instance_uid, patient_name, patient_id,"
                 " patient_birth_date, accession_number, modality, study_date, study_description, series_number,"
                 " series_description, instance_number, uids_differ, uid_malformed, calling_ae_title, sender,"
                 " received_at_ms, blob_changed_at_ms) VALUES (:id, :uid, 1, :digest, :bytes, '1.3.1', '1.4.1',"
                 " :study, iif(:study IS NULL, NULL, '1.5'), '', :patient, '', :accession, :modality, '', '', '', '',"
                 " '', 0, 0, :ae, :sender, :now, :now)"))
        .bind(":id", name)
        .bind(":uid", "1.9." + std::to_string(name))
        .bind(":digest", digest_of(name, 0))
        .bind(":bytes", 100 + name)
        .bind(":study", study.empty() ? std::nullopt : std::optional(study))
        .bind(":patient", one_of(patients))
        .bind(":accession", one_of(accessions))
        .bind(":modality", one_of(modalities))
        .bind(":ae", "AE" + std::to_string(association))
        .bind(":sender", senders[static_cast<std::size_t>(association - 1)])
        .bind(":now", now_)
        .run();
    Cursor(prepared("INSERT INTO receipt (instance_id, association_id, received_at_ms, is_repeat, was_restored, routes,"
                    " destinations) VALUES (:id, :association, :now, 0, 0, '[]', '[]')"))
        .bind(":id", name)
        .bind(":association", association)
        .bind(":now", now_)
        .run();
    if (chance(10)) return;
    for (int destination = 1; destination <= 3; ++destination) {
        if (chance(60)) add_job(name, destination);
    }
    if (!chance(5)) return;
    Cursor(prepared("UPDATE instance SET blob_state = 'damaged', blob_changed_at_ms = :now WHERE id = :id"))
        .bind(":now", now_)
        .bind(":id", name)
        .run();
}

void RandomBooks::add_job(std::int64_t instance, int destination) {
    Digest digest = digest_of(instance, 0);
    const bool has_edits = chance(20), is_edited = has_edits && chance(60);
    if (is_edited || (!has_edits && chance(20))) {
        digest = digest_of(instance, destination);
        Cursor(prepared(
                   "INSERT INTO derived_blob VALUES (:digest, :instance, 'test', 50, '1.4.2', :now, :state, :now, 1)"))
            .bind(":digest", digest)
            .bind(":instance", instance)
            .bind(":now", now_)
            .bind(":state", chance(80) ? "kept" : "damaged")
            .run();
    }
    const bool is_held = chance(15), is_waiting = !is_held && chance(30);
    const std::string reason = is_held      ? (chance(50) ? "held_by_rule" : "newer_version")
                               : is_waiting ? "quiet_period"
                                            : "";
    Cursor(prepared("INSERT INTO job (instance_id, destination_id, digest, state, reason, is_waiting, priority,"
                    " due_at_ms, created_at_ms, owed_since_ms, changed_at_ms, verb, actor, edit_id, is_edited) VALUES"
                    " (:instance, :destination, :digest, :state, :reason, :is_waiting, :priority, :due, :now, :now,"
                    " :now, 'accept', :actor, iif(:has_edits, 1, NULL), :is_edited)"))
        .bind(":has_edits", has_edits)
        .bind(":is_edited", is_edited)
        .bind(":digest", digest)
        .bind(":instance", instance)
        .bind(":destination", destination)
        .bind(":state", is_held ? "held" : "queued")
        .bind(":reason", reason)
        .bind(":is_waiting", is_waiting)
        .bind(":priority", random(3))
        // Few different instants, so that the job's number has to decide, too.
        .bind(":due", now_ + 1s * (60 * random(10)))
        .bind(":now", now_)
        .bind(":actor", actors[static_cast<std::size_t>(random(3))])
        .run();
    const std::int64_t job = writer_.last_insert_id();
    if (is_held) return;
    if (chance(10)) return move(job, "verb = 'cancel', state = 'cancelled', is_waiting = 0, reason = 'moved'");
    if (chance(50) || (has_edits && !is_edited)) return;
    begin_attempt(job);
    if (chance(10)) return;
    if (chance(20)) {
        end_attempt(job, "transient");
        return move(job, "verb = 'defer', state = 'queued', generation = NULL, reason = 'unreachable'");
    }
    if (chance(20)) {
        end_attempt(job, "unknown");
        return move(job, "verb = 'doubt', state = 'uncertain', generation = NULL, reason = 'no_response'");
    }
    end_attempt(job, "delivered");
    move(job,
         std::string("verb = 'deliver', state = 'delivered', generation = NULL, evidence = 'response', evidence_at_ms"
                     " = changed_at_ms, is_warning = ") +
             (chance(20) ? "1, status = 45056" : "0, status = 0"));
    if (!chance(15)) return;
    move(job,
         "verb = 'resend', state = 'queued', round = 2, evidence = NULL, evidence_at_ms = NULL, is_warning = 0,"
         " attempt_id = NULL, attempt_count = 0, actor = 'local:alice', owed_since_ms = :at",
         now_ + 1s * random(7200));
}

void RandomBooks::begin_attempt(std::int64_t job) {
    Cursor(prepared(
               "INSERT INTO attempt (job_id, round, kind, generation, opened_at_ms) VALUES (:job, 1, 'send', 1, :now)"))
        .bind(":job", job)
        .bind(":now", now_)
        .run();
    move(job,
         "verb = 'claim', state = 'sending', reason = '', is_waiting = 0, generation = 1, attempt_count = 1,"
         " attempt_id = last_insert_rowid()");
}

void RandomBooks::end_attempt(std::int64_t job, const std::string& outcome) {
    Cursor(prepared("UPDATE attempt SET closed_at_ms = :now, outcome = :outcome,"
                    " evidence = iif(:outcome = 'delivered', 'response', NULL)"
                    " WHERE closed_at_ms IS NULL AND job_id = :job"))
        .bind(":now", now_)
        .bind(":outcome", outcome)
        .bind(":job", job)
        .run();
}

void RandomBooks::move(std::int64_t job, const std::string& assignments, std::optional<Instant> at) {
    Cursor row(prepared("UPDATE job SET " + assignments + " WHERE id = :job"));
    if (at) row.bind(":at", *at);
    row.bind(":job", job).run();
}

Statement& RandomBooks::prepared(const std::string& sql) {
    return statements_.try_emplace(sql, writer_, sql).first->second;
}

std::vector<PlainJob> RandomBooks::jobs() {
    Statement statement(
        writer_,
        "SELECT j.id, j.instance_id, j.destination_id, d.name, j.state, j.reason, j.priority, j.is_warning,"
        " j.created_at_ms, j.owed_since_ms, j.due_at_ms, i.sender, i.calling_ae_title, i.modality,"
        " coalesce(i.study_instance_uid, ''), i.accession_number, i.patient_id,"
        " coalesce((SELECT blob_state FROM derived_blob WHERE digest = j.digest), i.blob_state),"
        " j.edit_id IS NOT NULL AND NOT j.is_edited"
        " FROM job j, instance i, destination d WHERE i.id = j.instance_id AND d.id = j.destination_id"
        " ORDER BY j.id DESC");
    std::vector<PlainJob> jobs;
    for (Cursor row(statement); row.step();) {
        jobs.push_back({row.id<JobId>(0), row.id<InstanceId>(1), row.number(2), std::string(row.text(3)),
                        parse_state(row.text(4)).value(), parse_reason(row.text(5)).value(),
                        static_cast<int>(row.number(6)), row.number(7) != 0, row.instant(8), row.instant(9),
                        row.instant(10), std::string(row.text(11)), std::string(row.text(12)),
                        std::string(row.text(13)), std::string(row.text(14)), std::string(row.text(15)),
                        std::string(row.text(16)), std::string(row.text(17)), row.number(18) != 0});
    }
    return jobs;
}

std::vector<PlainHistory> RandomBooks::history() {
    Statement statement(writer_,
                        "SELECT h.sequence, h.at_ms, h.event, h.actor, h.destination, i.id IS NOT NULL,"
                        " coalesce(i.study_instance_uid, ''), i.accession_number, i.patient_id"
                        " FROM history h LEFT JOIN instance i ON i.id = h.instance_id ORDER BY h.sequence DESC");
    std::vector<PlainHistory> rows;
    for (Cursor row(statement); row.step();) {
        rows.push_back({row.number(0), row.instant(1), std::string(row.text(2)), std::string(row.text(3)),
                        std::string(row.text(4)), row.number(5) != 0, std::string(row.text(6)),
                        std::string(row.text(7)), std::string(row.text(8))});
    }
    return rows;
}

JobFilter RandomBooks::random_filter(int percent) {
    const auto one_of = [&](std::optional<std::string>& field, const std::vector<std::string>& all) {
        if (!chance(percent)) return;
        field = chance(5) ? "nobody's" : all[static_cast<std::size_t>(random(static_cast<int>(all.size())))];
    };
    static constexpr Reason few_reasons[] = {Reason::none,        Reason::quiet_period, Reason::held_by_rule,
                                             Reason::unreachable, Reason::moved,        Reason::tls_failed};
    JobFilter filter;
    one_of(filter.destination, destinations);
    one_of(filter.sender, chance(50) ? senders : std::vector<std::string>{"AE1", "AE2", "AE3"});
    one_of(filter.modality, modalities);
    one_of(filter.study_instance_uid, studies);
    one_of(filter.accession_number, accessions);
    one_of(filter.patient_id, patients);
    if (chance(percent)) filter.state = static_cast<State>(random(6));
    if (chance(percent)) filter.reason = few_reasons[random(6)];
    if (chance(percent)) filter.since = random_instant();
    if (chance(percent)) filter.until = random_instant();
    if (chance(percent)) filter.older_than = random_instant();
    filter.is_undelivered = chance(percent);
    return filter;
}

HistoryFilter RandomBooks::random_history_filter(int percent) {
    const auto one_of = [&](std::optional<std::string>& field, const std::vector<std::string>& all) {
        if (!chance(percent)) return;
        field = chance(5) ? "nobody's" : all[static_cast<std::size_t>(random(static_cast<int>(all.size())))];
    };
    HistoryFilter filter;
    one_of(filter.destination, destinations);
    one_of(filter.study_instance_uid, studies);
    one_of(filter.accession_number, accessions);
    one_of(filter.patient_id, patients);
    one_of(filter.actor, actors);
    one_of(filter.event, {"received", "delivered", "doubted", "cancelled", "added", "resent"});
    if (chance(percent)) filter.since = random_instant();
    if (chance(percent)) filter.until = random_instant();
    return filter;
}

bool matches(const JobFilter& filter, const PlainJob& job) {
    return (!filter.destination || job.destination_name == *filter.destination) &&
           (!filter.state || job.state == *filter.state) && (!filter.reason || job.reason == *filter.reason) &&
           (!filter.sender || job.sender == *filter.sender || job.calling_ae_title == *filter.sender) &&
           (!filter.modality || job.modality == *filter.modality) &&
           (!filter.study_instance_uid || job.study == *filter.study_instance_uid) &&
           (!filter.accession_number || job.accession == *filter.accession_number) &&
           (!filter.patient_id || job.patient == *filter.patient_id) &&
           (!filter.since || job.created_at >= *filter.since) && (!filter.until || job.created_at < *filter.until) &&
           (!filter.older_than || job.owed_since < *filter.older_than) &&
           (!filter.is_undelivered ||
            (job.state != State::delivered && job.state != State::cancelled && !is_waiting(job.reason)));
}

bool matches(const HistoryFilter& filter, const PlainHistory& row) {
    const auto of_instance = [&row](const std::optional<std::string>& wanted, const std::string& value) {
        return !wanted || (row.has_instance && value == *wanted);
    };
    return (!filter.since || row.at >= *filter.since) && (!filter.until || row.at < *filter.until) &&
           (!filter.destination || row.destination == *filter.destination) &&
           of_instance(filter.patient_id, row.patient) && of_instance(filter.accession_number, row.accession) &&
           of_instance(filter.study_instance_uid, row.study) && (!filter.actor || row.actor == *filter.actor) &&
           (!filter.event || row.event == *filter.event);
}

}  // namespace outbox::testing
