#include "outbox/assigning.h"

#include <cassert>
#include <string>
#include <vector>

#include "outbox/json_text.h"

namespace outbox {

namespace {

/// A job that may still change, and what its route edits.
struct Assignable {
    JobId job;
    std::string route_edits;
};

/// Each wording once: a route has one for all that it takes.
std::optional<std::int64_t> keep_edits(Writer& writer, std::string_view edits) {
    if (edits.empty()) return std::nullopt;
    {
        Cursor row(writer.statements.find_edit);
        row.bind(":text", edits);
        if (row.step()) return row.number(0);
    }
    Cursor(writer.statements.make_edit).bind(":text", edits).run();
    return writer.database.last_insert_id();
}

/// What puts the assigned number into an instance; "": none was assigned.
std::string assigned_edits(Writer& writer, const StudyAt& study) {
    if (study.study_instance_uid.empty()) return "";
    Cursor row(writer.statements.assigned_edits);
    row.bind(":destination", study.destination).bind(":study", study.study_instance_uid);
    return row.step() ? std::string(row.text(0)) : "";
}

bool assign(Writer& writer, JobId job, std::optional<std::int64_t> edit, const Actor& actor, Instant now) {
    const auto changed = Cursor(writer.statements.assign)
                             .bind(":job", job)
                             .bind(":edit", edit)
                             .bind(":actor", actor.name)
                             .bind(":now", now)
                             .run();
    // Its corrected copy can only be made of the instance's own bytes, which may be gone.
    if (changed == 1) Cursor(writer.statements.hold_deferred).bind(":job", job).bind(":now", now).run();
    return changed == 1;
}

std::vector<Assignable> assignable(Writer& writer, const StudyAt& study) {
    std::vector<Assignable> jobs;
    Cursor row(writer.statements.assignable);
    row.bind(":destination", study.destination).bind(":study", study.study_instance_uid);
    while (row.step()) jobs.push_back({row.id<JobId>(0), std::string(row.text(1))});
    return jobs;
}

std::int64_t count_unassignable(Writer& writer, const StudyAt& study) {
    Cursor row(writer.statements.unassignable);
    row.bind(":destination", study.destination).bind(":study", study.study_instance_uid).step();
    return row.number(0);
}

bool does_register(Writer& writer, DestinationId destination) {
    Cursor row(writer.statements.registers);
    return row.bind(":destination", destination).step() && row.number(0) != 0;
}

std::string assigned_before(Writer& writer, const StudyAt& study) {
    Cursor row(writer.statements.assigned_number);
    row.bind(":destination", study.destination).bind(":study", study.study_instance_uid);
    return row.step() ? std::string(row.text(0)) : "";
}

}  // namespace

JobEdits edits_of(Writer& writer, const StudyAt& study, std::string_view route_edits) {
    const auto of_route = keep_edits(writer, route_edits);
    const std::string assigned = assigned_edits(writer, study);
    if (assigned.empty()) return {of_route, false, std::nullopt};
    return {keep_edits(writer, joined_lists(route_edits, assigned)), true, of_route};
}

std::int64_t assign_all(Writer& writer, const StudyAt& study, const Actor& actor, Instant now) {
    const std::string assigned = assigned_edits(writer, study);
    if (assigned.empty()) return 0;
    std::int64_t changed = 0;
    for (const Assignable& each : assignable(writer, study))
        changed += assign(writer, each.job, keep_edits(writer, joined_lists(each.route_edits, assigned)), actor, now);
    return changed;
}

void assign_again(Writer& writer, JobId job, const Actor& actor, Instant now) {
    StudyAt study;
    std::string route_edits;
    {
        Cursor row(writer.statements.assignable_one);
        if (!row.bind(":job", job).step()) return;
        study = {row.id<DestinationId>(0), std::string(row.text(1))};
        route_edits = row.text(2);
    }
    const std::string assigned = assigned_edits(writer, study);
    if (!assigned.empty()) assign(writer, job, keep_edits(writer, joined_lists(route_edits, assigned)), actor, now);
}

std::optional<Assigned> Outbox::assign(const StudyAt& study, const Assignment& assignment, const Actor& actor,
                                       Instant now) {
    parts_->require_transaction();
    assert(!study.study_instance_uid.empty() && !assignment.accession_number.empty() && !assignment.edits.empty());
    if (!does_register(*parts_, study.destination)) return std::nullopt;
    const std::string before = assigned_before(*parts_, study);
    Cursor(parts_->statements.make_assignment)
        .bind(":destination", study.destination)
        .bind(":study", study.study_instance_uid)
        .bind(":accession", assignment.accession_number)
        .bind(":edit", keep_edits(*parts_, assignment.edits))
        .bind(":actor", actor.name)
        .bind(":now", now)
        .run();
    Cursor(parts_->statements.begin_looking)
        .bind(":destination", study.destination)
        .bind(":study", study.study_instance_uid)
        .run();
    Assigned assigned;
    assigned.changed = assign_all(*parts_, study, actor, now);
    assigned.already_registered = count_unassignable(*parts_, study);
    parts_->record("accession_assigned", actor.name, parts_->name_of(study.destination),
                   json_texts({{"study", study.study_instance_uid},
                               {"accession_number", assignment.accession_number},
                               {"before", before},
                               {"jobs", std::to_string(assigned.changed)},
                               {"already_registered", std::to_string(assigned.already_registered)},
                               {"note", actor.note}}),
                   now);
    return assigned;
}

}  // namespace outbox
