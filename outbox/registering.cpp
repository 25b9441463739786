/// Registering: the steps of a study at a destination that wants it registered before its instances come.
#include <array>
#include <cassert>

#include "outbox/assigning.h"
#include "outbox/json_text.h"
#include "outbox/registration.h"
#include "outbox/writer.h"

namespace outbox {

namespace {

struct Word {
    Stage stage;
    std::string_view word;
};
constexpr std::array words{Word{Stage::no_accession, "no_accession"}, Word{Stage::order_not_found, "order_not_found"},
                           Word{Stage::objected, "objected"},         Word{Stage::ordered, "ordered"},
                           Word{Stage::creating, "creating"},         Word{Stage::replacing, "replacing"},
                           Word{Stage::registered, "registered"}};

/// Makes the row where there is none, and puts it into this stage.
void enter(Writer& writer, const StudyAt& study, Stage stage, Instant now) {
    Cursor(writer.statements.enter_stage)
        .bind(":destination", study.destination)
        .bind(":study", study.study_instance_uid)
        .bind(":stage", to_string(stage))
        .bind(":now", now)
        .run();
}

std::int64_t hold_all(Writer& writer, const StudyAt& study, Reason reason, std::string_view note, Instant now) {
    return Cursor(writer.statements.hold_study)
        .bind(":destination", study.destination)
        .bind(":study", study.study_instance_uid)
        .bind(":reason", code(reason))
        .bind(":note", note)
        .bind(":now", now)
        .run();
}

}  // namespace

std::string_view to_string(Stage stage) {
    for (const Word& each : words)
        if (each.stage == stage) return each.word;
    assert(false && "a stage without a word");
    return "";
}

std::optional<Stage> parse_stage(std::string_view word) {
    for (const Word& each : words)
        if (each.word == word) return each.stage;
    return std::nullopt;
}

bool Outbox::note_order(const StudyAt& study, const Order& order, Instant now) {
    parts_->require_transaction();
    enter(*parts_, study, Stage::ordered, now);
    const auto changed = Cursor(parts_->statements.note_order)
                             .bind(":destination", study.destination)
                             .bind(":study", study.study_instance_uid)
                             .bind(":accession", order.accession_number)
                             .bind(":service_request", order.service_request_id)
                             .bind(":patient", order.patient_reference)
                             .bind(":encounter", order.encounter_reference)
                             .run();
    if (changed == 0) return false;
    parts_->record("order_found", "bridge", parts_->name_of(study.destination),
                   json_object({{"study", study.study_instance_uid},
                                {"accession_number", order.accession_number},
                                {"service_request_id", order.service_request_id}}),
                   now);
    return true;
}

void Outbox::begin_registration(const StudyAt& study, bool replaces, Instant now) {
    parts_->require_transaction();
    enter(*parts_, study, replaces ? Stage::replacing : Stage::creating, now);
}

std::int64_t Outbox::register_study(const StudyAt& study, const Registered& registered, Instant now) {
    parts_->require_transaction();
    assert(!registered.imaging_study_id.empty());
    [[maybe_unused]] const auto found = Cursor(parts_->statements.register_study)
                                            .bind(":destination", study.destination)
                                            .bind(":study", study.study_instance_uid)
                                            .bind(":imaging_study", registered.imaging_study_id)
                                            .bind(":count", registered.instance_count)
                                            .bind(":now", now)
                                            .run();
    assert(found == 1 && "its order was noted before");
    std::int64_t changed = 0;
    assert(registered.digests.empty() || registered.digests.size() == registered.jobs.size());
    for (std::size_t i = 0; i < registered.jobs.size(); ++i)
        changed +=
            Cursor(parts_->statements.register_job)
                .bind(":job", registered.jobs[i])
                .bind(":digest", registered.digests.empty() ? std::nullopt : std::optional(registered.digests[i]))
                .bind(":destination", study.destination)
                .bind(":now", now)
                .run();
    parts_->record("registered", "bridge", parts_->name_of(study.destination),
                   json_object({{"study", study.study_instance_uid},
                                {"imaging_study_id", registered.imaging_study_id},
                                {"instances", std::to_string(registered.instance_count)}}),
                   now);
    return changed;
}

std::int64_t Outbox::put_off_study(const StudyAt& study, Reason reason, Instant until, std::string_view note,
                                   Instant now) {
    parts_->require_transaction();
    if (reason == Reason::no_accession) enter(*parts_, study, Stage::no_accession, now);
    if (reason == Reason::order_not_found) enter(*parts_, study, Stage::order_not_found, now);
    return Cursor(parts_->statements.postpone_study)
        .bind(":destination", study.destination)
        .bind(":study", study.study_instance_uid)
        .bind(":reason", code(reason))
        .bind(":is_waiting", is_waiting(reason))
        .bind(":until", until)
        .bind(":note", note)
        .bind(":now", now)
        .run();
}

std::int64_t Outbox::object(const StudyAt& study, const Objection& objection, Instant now) {
    parts_->require_transaction();
    assert(!objection.fingerprint.empty());
    Cursor(parts_->statements.object)
        .bind(":destination", study.destination)
        .bind(":study", study.study_instance_uid)
        .bind(":objection", objection.fingerprint)
        .bind(":reason", code(objection.reason))
        .bind(":now", now)
        .run();
    return hold_all(*parts_, study, objection.reason, objection.note, now);
}

std::int64_t Outbox::hold_study(const StudyAt& study, Reason reason, std::string_view note, Instant now) {
    parts_->require_transaction();
    return hold_all(*parts_, study, reason, note, now);
}

bool Outbox::forget_registration(const StudyAt& study, std::string_view imaging_study_id, Instant now) {
    parts_->require_transaction();
    const auto forgotten = Cursor(parts_->statements.forget_study)
                               .bind(":destination", study.destination)
                               .bind(":study", study.study_instance_uid)
                               .bind(":imaging_study", imaging_study_id)
                               .bind(":now", now)
                               .run();
    // What was sent under no number at all was never listed.
    if (forgotten == 0 && !imaging_study_id.empty()) return false;
    Cursor(parts_->statements.unregister_jobs)
        .bind(":destination", study.destination)
        .bind(":study", study.study_instance_uid)
        .bind(":now", now)
        .run();
    // What was listed when its study got a number has it from now on, as the others.
    assign_all(*parts_, study, {"bridge", ""}, now);
    if (forgotten == 0) return true;
    parts_->record("registration_forgotten", "bridge", parts_->name_of(study.destination),
                   json_object({{"study", study.study_instance_uid}}), now);
    return true;
}

}  // namespace outbox
