/// Storage commitment in both roles: what we asked destinations for, what scanners asked us for, and derived blobs.
#include <cassert>

#include "outbox/json_text.h"
#include "outbox/writer.h"

namespace outbox {

void Outbox::ask_commitment(std::string_view transaction_uid, std::span<const std::pair<JobId, AttemptId>> probes,
                            Instant now) {
    parts_->require_transaction();
    for (const auto& [job, attempt] : probes) {
        Cursor(parts_->statements.ask_commitment)
            .bind(":transaction", transaction_uid)
            .bind(":job", job)
            .bind(":attempt", attempt)
            .bind(":now", now)
            .run();
    }
}

std::vector<CommitmentItem> Outbox::commitment(std::string_view transaction_uid) {
    std::vector<CommitmentItem> items;
    Cursor row(parts_->statements.commitment_jobs);
    row.bind(":transaction", transaction_uid);
    while (row.step()) {
        CommitmentItem& item = items.emplace_back();
        item.job = row.id<JobId>(0);
        item.attempt = row.id<AttemptId>(1);
        item.is_answered = row.number(2) != 0;
        item.state = parse_state(row.text(3)).value();
        item.destination = row.id<DestinationId>(4);
        item.sop_instance_uid = row.text(5);
        item.sop_class_uid = row.text(6);
        item.is_of_this_round = row.number(7) != 0;
    }
    return items;
}

bool Outbox::answer_commitment(std::string_view transaction_uid, JobId job, std::optional<std::int32_t> failure_reason,
                               Instant now) {
    parts_->require_transaction();
    return Cursor(parts_->statements.answer_commitment)
               .bind(":transaction", transaction_uid)
               .bind(":job", job)
               .bind(":result", failure_reason ? "failed" : "committed")
               .bind(":failure_reason", failure_reason)
               .bind(":now", now)
               .run() == 1;
}

void Outbox::withdraw_commitment(std::string_view transaction_uid, Instant now) {
    parts_->require_transaction();
    Cursor(parts_->statements.withdraw_commitment).bind(":transaction", transaction_uid).bind(":now", now).run();
}

void Outbox::note_answers(DestinationId destination, bool query, bool commitment) {
    parts_->require_transaction();
    Cursor(parts_->statements.note_answers)
        .bind(":destination", destination)
        .bind(":query", query)
        .bind(":commitment", commitment)
        .run();
}

bool Outbox::prepare(JobId job, const DerivedBlob& blob, Instant now) {
    parts_->require_transaction();
    const auto changed = Cursor(parts_->statements.prepare)
                             .bind(":job", job)
                             .bind(":made_of", blob.made_of)
                             .bind(":digest", blob.digest)
                             .bind(":is_edited", blob.by == DerivedBlob::By::edit)
                             .bind(":edits", blob.edits)
                             .bind(":now", now)
                             .run();
    if (changed == 0) return false;
    Cursor(parts_->statements.make_derived)
        .bind(":job", job)
        .bind(":digest", blob.digest)
        .bind(":recipe", blob.recipe)
        .bind(":bytes", blob.bytes)
        .bind(":transfer_syntax_uid", blob.transfer_syntax_uid)
        .bind(":is_transcoded", blob.by == DerivedBlob::By::transcode)
        .bind(":now", now)
        .run();
    return true;
}

std::optional<PledgeId> Outbox::pledge(const Pledge& pledge, Instant now) {
    parts_->require_transaction();
    const auto made = Cursor(parts_->statements.make_pledge)
                          .bind(":transaction", pledge.transaction_uid)
                          .bind(":calling_ae_title", pledge.calling_ae_title)
                          .bind(":called_ae_title", pledge.called_ae_title)
                          .bind(":address", pledge.address)
                          .bind(":sender", pledge.sender)
                          .bind(":wants_delivery", pledge.wants_delivery)
                          .bind(":now", now)
                          .run();
    if (made == 0) return std::nullopt;
    const PledgeId id{parts_->database.last_insert_id()};
    for (const PledgedInstance& each : pledge.instances) {
        Cursor(parts_->statements.add_to_pledge)
            .bind(":pledge", id)
            .bind(":sop_instance_uid", each.sop_instance_uid)
            .bind(":sop_class_uid", each.sop_class_uid)
            .run();
    }
    return id;
}

void Outbox::put_off_pledge(PledgeId pledge, Instant due_at, bool counts) {
    parts_->require_transaction();
    Cursor(parts_->statements.put_off_pledge)
        .bind(":pledge", pledge)
        .bind(":due_at", due_at)
        .bind(":counts", counts)
        .run();
}

void Outbox::end_pledge(PledgeId pledge, Instant now) {
    parts_->require_transaction();
    if (Cursor(parts_->statements.end_pledge).bind(":pledge", pledge).bind(":now", now).run() == 0) return;
    parts_->record("committed", "bridge", "", "{\"pledge\":" + std::to_string(pledge.value) + "}", now);
}

}  // namespace outbox
