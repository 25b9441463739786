/// Which studies a destination is to be told of, and how far each has come there.
#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

std::optional<Unregistered> Views::next_to_register(DestinationId destination, Instant now) const {
    const Snapshot snapshot(parts_->database);
    Cursor row(parts_->next_to_register);
    if (!row.bind(":destination", destination).bind(":now", now).step()) return std::nullopt;
    return Unregistered{std::string(row.text(0)), row.id<JobId>(1)};
}

std::vector<StudyInstance> Views::study_at(const StudyAt& study) const {
    const Snapshot snapshot(parts_->database);
    std::vector<StudyInstance> instances;
    Cursor row(parts_->study_at);
    row.bind(":destination", study.destination).bind(":study", study.study_instance_uid);
    while (row.step()) {
        StudyInstance& each = instances.emplace_back();
        each.job = row.id<JobId>(0);
        each.instance = row.id<InstanceId>(1);
        each.state = read_state(row, 2);
        each.is_registered = row.number(3) != 0;
        each.sop_instance_uid = row.text(4);
        each.transfer_syntax_uid = row.text(5);
        each.digest = row.digest(6);
        each.is_kept = row.number(7) != 0;
        each.is_edit_due = row.number(13) != 0;
        each.accession_number = row.text(8);
        each.patient_id = row.text(9);
        each.patient_birth_date = row.text(10);
        each.modality = row.text(11);
        each.study_date = row.text(12);
    }
    return instances;
}

std::vector<AccessionUse> Views::accession_uses(std::string_view accession_number, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    std::vector<AccessionUse> uses;
    Cursor row(parts_->accession_uses);
    row.bind(":accession", accession_number).bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) uses.push_back({std::string(row.text(0)), std::string(row.text(1))});
    return uses;
}

std::vector<RegistrationView> Views::registrations(std::string_view study_instance_uid,
                                                   std::optional<DestinationId> destination) const {
    const Snapshot snapshot(parts_->database);
    return read_registrations(*parts_, study_instance_uid, destination);
}

}  // namespace outbox
