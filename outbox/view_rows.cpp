#include "outbox/view_rows.h"

#include <algorithm>
#include <cassert>

namespace outbox {

namespace {

template <class Word>
Word known(const std::optional<Word>& word, std::string_view text) {
    if (!word) throw Error(Errc::damaged, "the outbox holds a word that is not ours: '" + std::string(text) + "'");
    return *word;
}

std::optional<Evidence> read_evidence(const Cursor& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return known(parse_evidence(row.text(column)), row.text(column));
}

std::optional<Outcome> read_outcome(const Cursor& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return known(parse_outcome(row.text(column)), row.text(column));
}

std::optional<std::int32_t> read_status(const Cursor& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return static_cast<std::int32_t>(row.number(column));
}

template <class IdType>
std::optional<IdType> read_id(const Cursor& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return row.id<IdType>(column);
}

Digest read_hash(const Cursor& row, int column) {
    const auto bytes = row.blob(column);
    Digest hash{};
    if (bytes.size() == hash.size()) std::copy(bytes.begin(), bytes.end(), hash.begin());
    return hash;
}

Instance read_facts(const Cursor& row) {
    Instance facts;
    std::string* const texts[] = {&facts.sop_instance_uid,   &facts.sop_class_uid,       &facts.transfer_syntax_uid,
                                  &facts.study_instance_uid, &facts.series_instance_uid, &facts.patient_name,
                                  &facts.patient_id,         &facts.patient_birth_date,  &facts.accession_number,
                                  &facts.modality,           &facts.study_date,          &facts.study_description,
                                  &facts.series_number,      &facts.series_description,  &facts.instance_number};
    int column = 1;
    for (std::string* const text : texts) *text = row.text(column++);
    facts.digest = row.digest(16);
    facts.bytes = row.number(17);
    facts.uids_differ = row.number(18) != 0;
    facts.uid_malformed = row.number(19) != 0;
    return facts;
}

}  // namespace

State read_state(const Cursor& row, int column) {
    return known(parse_state(row.text(column)), row.text(column));
}

Reason read_reason(const Cursor& row, int column) {
    return known(parse_reason(row.text(column)), row.text(column));
}

std::optional<InstanceView> read_instance(ViewParts& parts, InstanceId id) {
    Cursor row(parts.instance_row);
    if (!row.bind(":instance", id).step()) return std::nullopt;
    InstanceView view;
    view.id = row.id<InstanceId>(0);
    view.facts = read_facts(row);
    view.version = row.number(20);
    view.blob_state = row.text(21);
    view.sender = row.text(22);
    view.calling_ae_title = row.text(23);
    view.received_at = row.instant(24);
    view.job_count = row.number(25);
    view.unfinished_count = row.number(26);
    return view;
}

InstancePage read_page(ViewParts& parts, Cursor& row, std::size_t limit) {
    assert(limit > 0);
    const std::size_t rows = std::min(limit, Views::page_rows_max);
    InstancePage page;
    // One row more says whether there is another page.
    row.bind(":limit", static_cast<std::int64_t>(rows + 1));
    while (row.step()) {
        if (page.instances.size() == rows) {
            page.next = page.instances.back().id;
            break;
        }
        page.instances.push_back(read_instance(parts, row.id<InstanceId>(0)).value());
    }
    return page;
}

std::optional<JobView> read_job(ViewParts& parts, JobId id) {
    Cursor row(parts.job_row);
    if (!row.bind(":job", id).step()) return std::nullopt;
    JobView view;
    view.id = row.id<JobId>(0);
    view.destination = row.text(1);
    view.state = read_state(row, 2);
    view.reason = read_reason(row, 3);
    view.is_warning = row.number(4) != 0;
    view.priority = static_cast<Priority>(row.number(5));
    view.created_at = row.instant(6);
    view.changed_at = row.instant(7);
    view.due_at = row.instant(8);
    view.attempt_count = row.number(9);
    view.round = row.number(10);
    view.evidence = read_evidence(row, 11);
    view.evidence_at = row.optional_instant(12);
    view.status = read_status(row, 13);
    view.actor = row.text(14);
    view.note = row.text(15);
    view.digest = row.digest(16);
    view.confirm_due_at = row.optional_instant(18);
    view.edits = row.text(19);
    view.is_edited = row.number(20) != 0;
    view.stands_in_for = row.text(21);
    view.instance = read_instance(parts, row.id<InstanceId>(17)).value();
    return view;
}

std::vector<AttemptView> read_attempts(ViewParts& parts, JobId id) {
    std::vector<AttemptView> attempts;
    Cursor row(parts.attempts_of_job);
    row.bind(":job", id);
    while (row.step()) {
        AttemptView& view = attempts.emplace_back();
        view.id = row.id<AttemptId>(0);
        view.kind = row.text(1);
        view.round = row.number(2);
        view.opened_at = row.instant(3);
        view.closed_at = row.optional_instant(4);
        view.outcome = read_outcome(row, 5);
        view.status = read_status(row, 6);
        view.text = row.text(7);
        view.bytes = row.number(8);
        view.evidence = read_evidence(row, 9);
    }
    return attempts;
}

SenderView read_sender(const Cursor& row) {
    SenderView view;
    view.calling_ae_title = row.text(0);
    view.address = row.text(1);
    view.name = row.text(2);
    view.first_seen_at = row.instant(3);
    view.last_received_at = row.optional_instant(4);
    view.receipts = row.number(5);
    view.last_seen_at = row.instant(6);
    view.refused = row.number(7);
    view.refused_reason = row.text(8);
    view.day_count = row.number(9);
    return view;
}

SeriesView read_series(const Cursor& row) {
    return {std::string(row.text(0)),
            std::string(row.text(1)),
            std::string(row.text(2)),
            std::string(row.text(3)),
            row.number(4),
            row.number(5),
            row.number(6),
            row.number(7)};
}

std::vector<RegistrationView> read_registrations(ViewParts& parts, std::string_view study_instance_uid,
                                                 std::optional<DestinationId> destination) {
    std::vector<RegistrationView> all;
    Cursor row(parts.registrations);
    row.bind(":study", study_instance_uid).bind(":destination", destination);
    while (row.step()) {
        RegistrationView& each = all.emplace_back();
        each.destination = row.text(0);
        each.stage = parse_stage(row.text(1)).value();
        each.order = {std::string(row.text(2)), std::string(row.text(3)), std::string(row.text(4)),
                      std::string(row.text(5))};
        each.imaging_study_id = row.text(6);
        each.instance_count = row.number(7);
        each.miss_count = row.number(8);
        each.objection = row.text(9);
        each.objection_reason = read_reason(row, 10);
        each.began_at = row.instant(11);
        each.stage_at = row.instant(12);
        Cursor overruled(parts.overrulings);
        overruled.bind(":destination", row.id<DestinationId>(13)).bind(":study", study_instance_uid);
        while (overruled.step()) each.overruled.emplace_back(overruled.text(0));
    }
    return all;
}

HistoryRow read_history(const Cursor& row) {
    HistoryRow view;
    view.sequence = row.number(0);
    view.node = row.text(1);
    view.at = row.instant(2);
    view.event = row.text(3);
    view.actor = row.text(4);
    view.instance = read_id<InstanceId>(row, 5);
    view.job = read_id<JobId>(row, 6);
    view.destination = row.text(7);
    view.sop_instance_uid = row.text(8);
    view.digest = row.text(9);
    view.detail = row.text(10);
    view.previous_hash = read_hash(row, 11);
    view.hash = read_hash(row, 12);
    return view;
}

std::int64_t& count_of(JobCounts& counts, State state) {
    switch (state) {
        case State::queued:
            return counts.queued;
        case State::sending:
            return counts.sending;
        case State::uncertain:
            return counts.uncertain;
        case State::delivered:
            return counts.delivered;
        case State::held:
            return counts.held;
        case State::cancelled:
            break;
    }
    return counts.cancelled;
}

}  // namespace outbox
