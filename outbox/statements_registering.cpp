/// The SQL of registrations: the steps of a study at a destination that wants it registered, and what they do to its
/// jobs.
#include "outbox/statements.h"

namespace outbox::sql {

// The first thing that is known of a study makes its row. What was objected to and comes here was let go.
const char* const enter_stage = R"sql(
INSERT INTO registration (destination_id, study_instance_uid, stage, miss_count, began_at_ms, stage_at_ms)
VALUES (:destination, :study, :stage, :stage IN ('no_accession', 'order_not_found'), :now, :now)
ON CONFLICT (destination_id, study_instance_uid) DO UPDATE SET stage = :stage, objection = '', objection_reason = '',
    -- Until it is registered: an order that is found, and not taken, is as good as none.
    miss_count = miss_count + (:stage IN ('no_accession', 'order_not_found')),
    -- How long it has waited; but of what is begun anew, since when.
    stage_at_ms = iif(stage = :stage AND :stage NOT IN ('creating', 'replacing'), stage_at_ms, :now)
)sql";

const char* const note_order = R"sql(
UPDATE registration SET accession_number = :accession, service_request_id = :service_request,
    patient_reference = :patient, encounter_reference = :encounter
WHERE destination_id = :destination AND study_instance_uid = :study
    AND (accession_number, service_request_id, patient_reference, encounter_reference)
        <> (:accession, :service_request, :patient, :encounter)
)sql";

const char* const object = R"sql(
INSERT INTO registration (destination_id, study_instance_uid, stage, objection, objection_reason, began_at_ms, stage_at_ms)
VALUES (:destination, :study, 'objected', :objection, :reason, :now, :now)
ON CONFLICT (destination_id, study_instance_uid) DO UPDATE SET stage = 'objected', objection = :objection,
    objection_reason = :reason, miss_count = 0, stage_at_ms = iif(stage = 'objected', stage_at_ms, :now)
)sql";

const char* const register_study = R"sql(
UPDATE registration SET stage = 'registered', imaging_study_id = :imaging_study, instance_count = :count, miss_count = 0,
    objection = '', objection_reason = '', stage_at_ms = :now
WHERE destination_id = :destination AND study_instance_uid = :study
)sql";

const char* const forget_study = R"sql(
UPDATE registration SET stage = 'ordered', imaging_study_id = '', instance_count = 0, stage_at_ms = :now
WHERE destination_id = :destination AND study_instance_uid = :study AND imaging_study_id = :imaging_study
    AND imaging_study_id <> ''
)sql";

// A quiet period goes on: it says when the instance is sent, not whether it is known of. What was edited otherwise
// since the list was made is not what is listed.
const char* const register_job = R"sql(
UPDATE job SET is_registered = 1, reason = iif(reason = 'quiet_period', reason, ''), is_waiting = reason = 'quiet_period',
    due_at_ms = iif(reason = 'quiet_period', due_at_ms, :now), changed_at_ms = :now, verb = 'prepare', actor = 'bridge',
    note = iif(edit_id IS NULL, '', note)
WHERE id = :job AND destination_id = :destination AND state = 'queued' AND NOT is_registered
    AND (edit_id IS NULL OR is_edited) AND (:digest IS NULL OR digest = :digest)
)sql";

const char* const unregister_jobs = R"sql(
UPDATE job SET is_registered = 0, changed_at_ms = :now, verb = 'postpone', actor = 'bridge'
WHERE destination_id = :destination AND state = 'queued' AND is_registered
    AND (SELECT registers FROM destination WHERE id = :destination)
    AND instance_id IN (SELECT id FROM instance INDEXED BY instance_by_series WHERE study_instance_uid = :study)
)sql";

// What is looked at by somebody else stays: a quiet period, a blob that is being made or still to be made.
const char* const postpone_study = R"sql(
UPDATE job SET reason = :reason, is_waiting = :is_waiting, due_at_ms = :until, changed_at_ms = :now, verb = 'postpone',
    actor = 'bridge', note = iif(edit_id IS NULL, :note, note)
WHERE destination_id = :destination AND state = 'queued' AND NOT is_registered
    AND reason NOT IN ('quiet_period', 'being_prepared') AND (edit_id IS NULL OR is_edited)
    AND instance_id IN (SELECT id FROM instance INDEXED BY instance_by_series WHERE study_instance_uid = :study)
)sql";

const char* const hold_study = R"sql(
UPDATE job SET state = 'held', reason = :reason, is_waiting = 0, changed_at_ms = :now, verb = 'hold', actor = 'bridge',
    note = :note
WHERE destination_id = :destination AND state = 'queued' AND NOT is_registered
    AND reason NOT IN ('quiet_period', 'being_prepared')
    AND instance_id IN (SELECT id FROM instance INDEXED BY instance_by_series WHERE study_instance_uid = :study)
)sql";

}  // namespace outbox::sql
