/// The SQL of accession numbers that a person assigns to a study at a destination that registers it.
#include "outbox/statements.h"

namespace outbox::sql {

const char* const registers = "SELECT registers FROM destination WHERE id = :destination";

const char* const assigned_number = R"sql(
SELECT accession_number FROM assignment WHERE destination_id = :destination AND study_instance_uid = :study
)sql";

const char* const assigned_edits = R"sql(
SELECT edit.text FROM assignment JOIN edit ON edit.id = assignment.edit_id
WHERE assignment.destination_id = :destination AND assignment.study_instance_uid = :study
)sql";

const char* const make_assignment = R"sql(
INSERT INTO assignment (destination_id, study_instance_uid, accession_number, edit_id, actor, at_ms)
VALUES (:destination, :study, :accession, :edit, :actor, :now)
ON CONFLICT (destination_id, study_instance_uid) DO UPDATE SET accession_number = :accession, edit_id = :edit,
    actor = :actor, at_ms = :now
)sql";

// Of another number's order nobody knows yet how long it is missing.
const char* const begin_looking = R"sql(
UPDATE registration SET miss_count = 0 WHERE destination_id = :destination AND study_instance_uid = :study
)sql";

// What is delivered, sending or uncertain, or listed there, goes or went as it was listed.
const char* const assignable = R"sql(
SELECT job.id, coalesce((SELECT text FROM edit WHERE id = iif(job.is_assigned, job.route_edit_id, job.edit_id)), '')
FROM instance INDEXED BY instance_by_series CROSS JOIN job ON job.instance_id = instance.id
WHERE instance.study_instance_uid = :study AND job.destination_id = :destination
    AND job.state IN ('queued', 'held') AND NOT job.is_registered
)sql";

const char* const unassignable = R"sql(
SELECT count(*)
FROM instance INDEXED BY instance_by_series CROSS JOIN job ON job.instance_id = instance.id
WHERE instance.study_instance_uid = :study AND job.destination_id = :destination AND job.state <> 'cancelled'
    AND NOT (job.state IN ('queued', 'held') AND NOT job.is_registered)
)sql";

const char* const assignable_one = R"sql(
SELECT job.destination_id, coalesce(instance.study_instance_uid, ''),
    coalesce((SELECT text FROM edit WHERE id = iif(job.is_assigned, job.route_edit_id, job.edit_id)), '')
FROM job JOIN instance ON instance.id = job.instance_id
WHERE job.id = :job AND job.state IN ('queued', 'held') AND NOT job.is_registered
)sql";

// One that has the number in it already keeps its blob. What is held stays so, and what it says about why. What waits
// for its study or its hours is left to those who look at it; the rest is due: it is edited, and then looked at.
const char* const assign = R"sql(
UPDATE job SET edit_id = :edit, route_edit_id = iif(is_assigned, route_edit_id, edit_id), is_assigned = 1,
    digest = iif(edit_id IS :edit, digest, (SELECT digest FROM instance WHERE id = job.instance_id)),
    is_edited = is_edited AND edit_id IS :edit,
    reason = iif(state = 'held' OR reason IN ('quiet_period', 'time_window'), reason, ''),
    is_waiting = is_waiting AND reason IN ('quiet_period', 'time_window'),
    due_at_ms = iif(state = 'held' OR reason IN ('quiet_period', 'time_window'), due_at_ms, min(due_at_ms, :now)),
    changed_at_ms = :now, verb = 'assign', actor = :actor,
    note = iif(state = 'queued' AND edit_id IS NULL, '', note) -- of what it waited for
WHERE id = :job AND state IN ('queued', 'held') AND NOT is_registered
)sql";

}  // namespace outbox::sql
