/// The SQL of registrations: which study is next, what it consists of, and how far it has come.
#include "outbox/view_statements.h"

namespace outbox::sql {

// The one that has been due for longest. Whoever makes a blob with edits for one of its instances comes first: what is
// registered must be what is sent.
const char* const next_to_register = R"sql(
SELECT coalesce(i.study_instance_uid, ''), j.id
FROM job AS j INDEXED BY job_unregistered CROSS JOIN instance AS i ON i.id = j.instance_id
WHERE j.destination_id = :destination AND j.state = 'queued' AND j.is_registered = 0 AND j.due_at_ms <= :now
    AND j.reason NOT IN ('quiet_period', 'being_prepared') AND (j.edit_id IS NULL OR j.is_edited)
    AND NOT EXISTS (SELECT 1
                    FROM instance AS other INDEXED BY instance_by_series
                        CROSS JOIN job AS another ON another.instance_id = other.id
                            AND another.destination_id = j.destination_id
                    WHERE other.study_instance_uid = i.study_instance_uid AND another.state = 'queued'
                        AND another.edit_id IS NOT NULL AND NOT another.is_edited AND NOT another.is_registered)
ORDER BY j.due_at_ms, j.id
LIMIT 1
)sql";

const char* const study_at = R"sql(
SELECT j.id, i.id, j.state, j.is_registered, i.sop_instance_uid,
    coalesce(b.transfer_syntax_uid, i.transfer_syntax_uid), j.digest, coalesce(b.blob_state, i.blob_state) = 'kept',
    i.accession_number, i.patient_id, i.patient_birth_date, i.modality, i.study_date,
    j.edit_id IS NOT NULL AND NOT j.is_edited
FROM instance AS i INDEXED BY instance_by_series
    CROSS JOIN job AS j ON j.instance_id = i.id AND j.destination_id = :destination
    LEFT JOIN derived_blob AS b ON b.digest = j.digest AND j.digest <> i.digest
WHERE i.study_instance_uid = :study AND j.state <> 'cancelled'
ORDER BY i.id
)sql";

// By the number that instances came with, and by the one that their study was looked for with, which an edit may have
// made. Each pair once. The walk ends early where one number is everybody's.
const char* const accession_uses = R"sql(
SELECT DISTINCT patient_id, patient_birth_date
FROM (SELECT * FROM (SELECT patient_id, patient_birth_date FROM instance INDEXED BY instance_by_accession
                     WHERE accession_number = :accession AND accession_number <> '' LIMIT 10000)
      UNION ALL
      SELECT * FROM (SELECT i.patient_id, i.patient_birth_date
                     FROM registration AS r INDEXED BY registration_by_accession
                         CROSS JOIN instance AS i INDEXED BY instance_by_series
                             ON i.study_instance_uid = r.study_instance_uid
                     WHERE r.accession_number = :accession AND r.accession_number <> '' LIMIT 10000))
LIMIT :limit
)sql";

const char* const registrations = R"sql(
SELECT d.name, r.stage, r.accession_number, r.service_request_id, r.patient_reference, r.encounter_reference,
    r.imaging_study_id, r.instance_count, r.miss_count, r.objection, r.objection_reason, r.began_at_ms, r.stage_at_ms,
    r.destination_id
FROM registration AS r INDEXED BY registration_by_study JOIN destination AS d ON d.id = r.destination_id
WHERE r.study_instance_uid = :study AND (:destination IS NULL OR r.destination_id = :destination)
ORDER BY d.name
)sql";

const char* const assignments = R"sql(
SELECT d.name, a.accession_number
FROM assignment AS a INDEXED BY assignment_by_study JOIN destination AS d ON d.id = a.destination_id
WHERE a.study_instance_uid = :study
)sql";

const char* const overrulings = R"sql(
SELECT objection FROM overruling
WHERE destination_id = :destination AND study_instance_uid = :study
ORDER BY at_ms, objection
)sql";

}  // namespace outbox::sql
