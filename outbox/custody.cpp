/// Taking custody: accept, and adding jobs later.
#include <cassert>

#include "outbox/assigning.h"
#include "outbox/json_text.h"
#include "outbox/writer.h"

namespace outbox {

static AssociationId keep(Writer& writer, const Association& association) {
    {
        Cursor row(writer.statements.find_association);
        row.bind(":generation", writer.generation).bind(":serial", association.serial);
        if (row.step()) return row.id<AssociationId>(0);
    }
    Cursor(writer.statements.make_association)
        .bind(":generation", writer.generation)
        .bind(":serial", association.serial)
        .bind(":calling_ae_title", association.calling_ae_title)
        .bind(":called_ae_title", association.called_ae_title)
        .bind(":address", association.address)
        .bind(":sender", association.sender)
        .bind(":tls_subject", association.tls_subject)
        .bind(":opened_at", association.opened_at)
        .run();
    return {writer.database.last_insert_id()};
}

static std::int64_t next_version(Writer& writer, const std::string& sop_instance_uid) {
    Cursor row(writer.statements.newest_version);
    row.bind(":sop_instance_uid", sop_instance_uid);
    row.step();
    return row.number(0) + 1;
}

static InstanceId make_instance(Writer& writer, const Receipt& receipt, std::int64_t version) {
    const auto& facts = receipt.instance;
    Cursor(writer.statements.make_instance)
        .bind(":sop_instance_uid", facts.sop_instance_uid)
        .bind(":version", version)
        .bind(":digest", facts.digest)
        .bind(":bytes", facts.bytes)
        .bind(":sop_class_uid", facts.sop_class_uid)
        .bind(":transfer_syntax_uid", facts.transfer_syntax_uid)
        .bind(":study_instance_uid", facts.study_instance_uid)
        .bind(":series_instance_uid", facts.series_instance_uid)
        .bind(":patient_name", facts.patient_name)
        .bind(":patient_id", facts.patient_id)
        .bind(":patient_birth_date", facts.patient_birth_date)
        .bind(":accession_number", facts.accession_number)
        .bind(":modality", facts.modality)
        .bind(":study_date", facts.study_date)
        .bind(":study_description", facts.study_description)
        .bind(":series_number", facts.series_number)
        .bind(":series_description", facts.series_description)
        .bind(":instance_number", facts.instance_number)
        .bind(":uids_differ", facts.uids_differ)
        .bind(":uid_malformed", facts.uid_malformed)
        .bind(":calling_ae_title", receipt.association.calling_ae_title)
        .bind(":sender", receipt.association.sender)
        .bind(":now", receipt.received_at)
        .run();
    return {writer.database.last_insert_id()};
}

/// Same bytes again: the row that has them, its blob kept again where it wasn't.
static bool find_instance(Writer& writer, const Receipt& receipt, Accepted& accepted) {
    {
        Cursor row(writer.statements.find_instance);
        row.bind(":digest", receipt.instance.digest);
        if (!row.step()) return false;
        accepted.instance = row.id<InstanceId>(0);
        accepted.version = row.number(1);
        accepted.is_repeat = true;
        accepted.was_restored = row.text(2) != "kept";
    }
    if (accepted.was_restored)
        Cursor(writer.statements.restore_blob)
            .bind(":instance", accepted.instance)
            .bind(":now", receipt.received_at)
            .run();
    // Also where it counts as kept: a job may be held already, and the damage not settled yet.
    Cursor(writer.statements.release_restored)
        .bind(":instance", accepted.instance)
        .bind(":now", receipt.received_at)
        .bind(":is_brought", true)
        .run();
    return true;
}

static std::int64_t make_receipt(Writer& writer, const Receipt& receipt, const Accepted& accepted) {
    std::vector<std::string> destinations;
    destinations.reserve(receipt.jobs.size());
    for (const auto& planned : receipt.jobs) destinations.push_back(writer.name_of(planned.destination));
    Cursor(writer.statements.make_receipt)
        .bind(":instance", accepted.instance)
        .bind(":association", keep(writer, receipt.association))
        .bind(":now", receipt.received_at)
        .bind(":is_repeat", accepted.is_repeat)
        .bind(":was_restored", accepted.was_restored)
        .bind(":routes", json_names(receipt.routes))
        .bind(":destinations", json_names(destinations))
        .run();
    return writer.database.last_insert_id();
}

namespace {

/// What a new job is made for.
struct Origin {
    InstanceId instance;
    std::int64_t version;
    std::string sop_instance_uid, study_instance_uid;
    Digest digest;
    std::optional<std::int64_t> receipt;
    std::string actor, note;
    Instant now;
};

}  // namespace

static Reason reason_to_hold(const PlannedJob& planned, std::int64_t version) {
    if (planned.hold != Reason::none) return planned.hold;
    if (planned.on_new_version == OnNewVersion::hold && version > 1) return Reason::newer_version;
    return Reason::none;
}

static std::optional<JobId> make_job(Writer& writer, const Origin& origin, const PlannedJob& planned) {
    const Reason hold = reason_to_hold(planned, origin.version);
    const bool is_held = hold != Reason::none;
    assert(planned.waiting == Reason::none || is_waiting(planned.waiting));
    const auto edits = edits_of(writer, {planned.destination, origin.study_instance_uid}, planned.edits);
    const auto made = Cursor(writer.statements.accept)
                          .bind(":instance", origin.instance)
                          .bind(":destination", planned.destination)
                          .bind(":digest", origin.digest)
                          .bind(":receipt", origin.receipt)
                          .bind(":state", to_string(is_held ? State::held : State::queued))
                          .bind(":reason", code(is_held ? hold : planned.waiting))
                          .bind(":is_waiting", !is_held && planned.waiting != Reason::none)
                          .bind(":priority", static_cast<int>(planned.priority))
                          .bind(":due_at", planned.due_at)
                          .bind(":now", origin.now)
                          .bind(":actor", origin.actor)
                          .bind(":note", planned.note.empty() ? origin.note : planned.note)
                          .bind(":edit", edits.edit)
                          .bind(":is_assigned", edits.is_assigned)
                          .bind(":route_edit", edits.route_edit)
                          .bind(":stands_in_for", planned.stands_in_for)
                          .run();
    if (made == 0) return std::nullopt;
    const JobId job{writer.database.last_insert_id()};
    if (planned.on_new_version == OnNewVersion::replace && origin.version > 1) {
        Cursor(writer.statements.replace_older)
            .bind(":destination", planned.destination)
            .bind(":sop_instance_uid", origin.sop_instance_uid)
            .bind(":version", origin.version)
            .bind(":now", origin.now)
            .run();
    }
    return job;
}

static std::vector<JobId> make_jobs(Writer& writer, const Origin& origin, std::span<const PlannedJob> planned) {
    std::vector<JobId> jobs;
    for (const auto& each : planned) {
        if (const auto job = make_job(writer, origin, each)) jobs.push_back(*job);
    }
    return jobs;
}

Accepted Outbox::accept(const Receipt& receipt) {
    parts_->require_transaction();
    Accepted accepted;
    if (!find_instance(*parts_, receipt, accepted)) {
        accepted.version = next_version(*parts_, receipt.instance.sop_instance_uid);
        accepted.instance = make_instance(*parts_, receipt, accepted.version);
    }
    const auto receipt_id = make_receipt(*parts_, receipt, accepted);
    const Origin origin{accepted.instance,
                        accepted.version,
                        receipt.instance.sop_instance_uid,
                        receipt.instance.study_instance_uid,
                        receipt.instance.digest,
                        receipt_id,
                        "bridge",
                        "",
                        receipt.received_at};
    accepted.jobs = make_jobs(*parts_, origin, receipt.jobs);
    return accepted;
}

void Outbox::seen(const Visitor& visitor, Instant now) {
    parts_->require_transaction();
    Cursor(parts_->statements.drop_stranger)
        .bind(":calling_ae_title", visitor.calling_ae_title)
        .bind(":address", visitor.address)
        .bind(":most", static_cast<std::int64_t>(strangers_max))
        .run();
    Cursor(parts_->statements.seen)
        .bind(":calling_ae_title", visitor.calling_ae_title)
        .bind(":address", visitor.address)
        .bind(":name", visitor.name)
        .bind(":refused", visitor.refused)
        .bind(":refused_reason", visitor.refused_reason)
        .bind(":now", now)
        .run();
}

std::vector<JobId> Outbox::add(InstanceId instance, std::span<const PlannedJob> jobs, const Actor& actor, Instant now) {
    parts_->require_transaction();
    Origin origin{instance, 1, "", "", {}, std::nullopt, actor.name, actor.note, now};
    {
        Cursor row(parts_->statements.instance_facts);
        row.bind(":instance", instance);
        // Without its bytes nothing can be promised; they come back only by being received again.
        if (!row.step() || row.text(3) != "kept") return {};
        origin.sop_instance_uid = row.text(0);
        origin.version = row.number(1);
        origin.digest = row.digest(2);
        origin.study_instance_uid = row.text(4);
    }
    return make_jobs(*parts_, origin, jobs);
}

}  // namespace outbox
