/// The SQL of the lists of jobs: the same question nine times, each led by the index that fits what was asked for.
///
/// The sender of any receipt counts; the row of the instance has that of its first, which is nearly always all.
#include "outbox/view_statements.h"

namespace outbox::sql {

// A study's jobs are few and in no order of ours: found by its instances, then sorted. The plus signs keep SQLite from
// walking the job numbers instead.
const char* const jobs_of_study = R"sql(
SELECT j.id, j.state,
    (:accession IS NULL OR i.accession_number = :accession)
    AND (:patient IS NULL OR i.patient_id = :patient)
    AND (:sender IS NULL OR i.sender = :sender OR i.calling_ae_title = :sender OR EXISTS (
        SELECT 1 FROM receipt AS r CROSS JOIN association AS a ON a.id = r.association_id
        WHERE r.instance_id = i.id AND (a.sender = :sender OR a.calling_ae_title = :sender)))
    AND (:modality IS NULL OR i.modality = :modality)
    AND (:destination IS NULL OR j.destination_id = :destination)
    AND (:state IS NULL OR j.state = :state)
    AND (:reason IS NULL OR j.reason = :reason)
    AND j.created_at_ms >= :since AND j.created_at_ms < :until AND j.owed_since_ms < :older_than
    AND (NOT :undelivered OR (j.is_waiting = 0 AND j.state NOT IN ('delivered', 'cancelled')))
FROM instance AS i INDEXED BY instance_by_series CROSS JOIN job AS j ON j.instance_id = i.id
WHERE i.study_instance_uid = :study
    AND +j.id > :after AND +j.id < :before
ORDER BY j.id DESC
)sql";

const char* const jobs_of_accession = R"sql(
SELECT j.id, j.state,
    (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
    AND (:patient IS NULL OR i.patient_id = :patient)
    AND (:sender IS NULL OR i.sender = :sender OR i.calling_ae_title = :sender OR EXISTS (
        SELECT 1 FROM receipt AS r CROSS JOIN association AS a ON a.id = r.association_id
        WHERE r.instance_id = i.id AND (a.sender = :sender OR a.calling_ae_title = :sender)))
    AND (:modality IS NULL OR i.modality = :modality)
    AND (:destination IS NULL OR j.destination_id = :destination)
    AND (:state IS NULL OR j.state = :state)
    AND (:reason IS NULL OR j.reason = :reason)
    AND j.created_at_ms >= :since AND j.created_at_ms < :until AND j.owed_since_ms < :older_than
    AND (NOT :undelivered OR (j.is_waiting = 0 AND j.state NOT IN ('delivered', 'cancelled')))
FROM instance AS i INDEXED BY instance_by_accession CROSS JOIN job AS j ON j.instance_id = i.id
WHERE i.accession_number = :accession AND i.accession_number <> '' -- the index's own condition
    AND +j.id > :after AND +j.id < :before
ORDER BY j.id DESC
)sql";

const char* const jobs_of_patient = R"sql(
SELECT j.id, j.state,
    (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
    AND (:accession IS NULL OR i.accession_number = :accession)
    AND (:sender IS NULL OR i.sender = :sender OR i.calling_ae_title = :sender OR EXISTS (
        SELECT 1 FROM receipt AS r CROSS JOIN association AS a ON a.id = r.association_id
        WHERE r.instance_id = i.id AND (a.sender = :sender OR a.calling_ae_title = :sender)))
    AND (:modality IS NULL OR i.modality = :modality)
    AND (:destination IS NULL OR j.destination_id = :destination)
    AND (:state IS NULL OR j.state = :state)
    AND (:reason IS NULL OR j.reason = :reason)
    AND j.created_at_ms >= :since AND j.created_at_ms < :until AND j.owed_since_ms < :older_than
    AND (NOT :undelivered OR (j.is_waiting = 0 AND j.state NOT IN ('delivered', 'cancelled')))
FROM instance AS i INDEXED BY instance_by_patient CROSS JOIN job AS j ON j.instance_id = i.id
WHERE i.patient_id = :patient AND i.patient_id <> ''
    AND +j.id > :after AND +j.id < :before
ORDER BY j.id DESC
)sql";

// From here on every index ends in the job's number, so that a page reads its own rows and no others sort.
const char* const jobs_open_of_destination = R"sql(
SELECT j.id, j.state,
    (:reason IS NULL OR j.reason = :reason)
    AND j.created_at_ms >= :since AND j.created_at_ms < :until AND j.owed_since_ms < :older_than
    AND (NOT :undelivered OR (j.is_waiting = 0 AND j.state NOT IN ('delivered', 'cancelled')))
    AND (coalesce(:study, :accession, :patient, :sender, :modality) IS NULL OR EXISTS (
        SELECT 1 FROM instance AS i
        WHERE i.id = j.instance_id
            AND (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
            AND (:accession IS NULL OR i.accession_number = :accession)
            AND (:patient IS NULL OR i.patient_id = :patient)
            AND (:sender IS NULL OR i.sender = :sender OR i.calling_ae_title = :sender OR EXISTS (
                SELECT 1 FROM receipt AS r CROSS JOIN association AS a ON a.id = r.association_id
                WHERE r.instance_id = i.id AND (a.sender = :sender OR a.calling_ae_title = :sender)))
            AND (:modality IS NULL OR i.modality = :modality)))
FROM job AS j INDEXED BY job_open
WHERE j.destination_id = :destination AND j.state = :state
    AND j.state IN ('queued', 'sending', 'uncertain', 'held') -- the index's own condition
    AND j.id > :after AND j.id < :before
ORDER BY j.id DESC
)sql";

const char* const jobs_of_reason = R"sql(
SELECT j.id, j.state,
    (:destination IS NULL OR j.destination_id = :destination)
    AND (:state IS NULL OR j.state = :state)
    AND j.created_at_ms >= :since AND j.created_at_ms < :until AND j.owed_since_ms < :older_than
    AND (NOT :undelivered OR (j.is_waiting = 0 AND j.state NOT IN ('delivered', 'cancelled')))
    AND (coalesce(:study, :accession, :patient, :sender, :modality) IS NULL OR EXISTS (
        SELECT 1 FROM instance AS i
        WHERE i.id = j.instance_id
            AND (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
            AND (:accession IS NULL OR i.accession_number = :accession)
            AND (:patient IS NULL OR i.patient_id = :patient)
            AND (:sender IS NULL OR i.sender = :sender OR i.calling_ae_title = :sender OR EXISTS (
                SELECT 1 FROM receipt AS r CROSS JOIN association AS a ON a.id = r.association_id
                WHERE r.instance_id = i.id AND (a.sender = :sender OR a.calling_ae_title = :sender)))
            AND (:modality IS NULL OR i.modality = :modality)))
FROM job AS j INDEXED BY job_by_reason
WHERE j.reason = :reason AND j.reason <> ''
    AND j.id > :after AND j.id < :before
ORDER BY j.id DESC
)sql";

const char* const jobs_of_state = R"sql(
SELECT j.id, j.state,
    (:destination IS NULL OR j.destination_id = :destination)
    AND (:reason IS NULL OR j.reason = :reason)
    AND j.created_at_ms >= :since AND j.created_at_ms < :until AND j.owed_since_ms < :older_than
    AND (NOT :undelivered OR (j.is_waiting = 0 AND j.state NOT IN ('delivered', 'cancelled')))
    AND (coalesce(:study, :accession, :patient, :sender, :modality) IS NULL OR EXISTS (
        SELECT 1 FROM instance AS i
        WHERE i.id = j.instance_id
            AND (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
            AND (:accession IS NULL OR i.accession_number = :accession)
            AND (:patient IS NULL OR i.patient_id = :patient)
            AND (:sender IS NULL OR i.sender = :sender OR i.calling_ae_title = :sender OR EXISTS (
                SELECT 1 FROM receipt AS r CROSS JOIN association AS a ON a.id = r.association_id
                WHERE r.instance_id = i.id AND (a.sender = :sender OR a.calling_ae_title = :sender)))
            AND (:modality IS NULL OR i.modality = :modality)))
FROM job AS j INDEXED BY job_open_by_state
WHERE j.state = :state
    AND j.state IN ('queued', 'sending', 'uncertain', 'held', 'cancelled')
    AND j.id > :after AND j.id < :before
ORDER BY j.id DESC
)sql";

const char* const jobs_undelivered_of_destination = R"sql(
SELECT j.id, j.state,
    (:state IS NULL OR j.state = :state)
    AND (:reason IS NULL OR j.reason = :reason)
    AND j.created_at_ms >= :since AND j.created_at_ms < :until AND j.owed_since_ms < :older_than
    AND (coalesce(:study, :accession, :patient, :sender, :modality) IS NULL OR EXISTS (
        SELECT 1 FROM instance AS i
        WHERE i.id = j.instance_id
            AND (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
            AND (:accession IS NULL OR i.accession_number = :accession)
            AND (:patient IS NULL OR i.patient_id = :patient)
            AND (:sender IS NULL OR i.sender = :sender OR i.calling_ae_title = :sender OR EXISTS (
                SELECT 1 FROM receipt AS r CROSS JOIN association AS a ON a.id = r.association_id
                WHERE r.instance_id = i.id AND (a.sender = :sender OR a.calling_ae_title = :sender)))
            AND (:modality IS NULL OR i.modality = :modality)))
FROM job AS j INDEXED BY job_undelivered
WHERE j.destination_id = :destination
    AND j.state IN ('queued', 'sending', 'uncertain', 'held') AND j.is_waiting = 0 -- the index's own condition
    AND j.id > :after AND j.id < :before
ORDER BY j.id DESC
)sql";

const char* const jobs_of_destination = R"sql(
SELECT j.id, j.state,
    (:state IS NULL OR j.state = :state)
    AND (:reason IS NULL OR j.reason = :reason)
    AND j.created_at_ms >= :since AND j.created_at_ms < :until AND j.owed_since_ms < :older_than
    AND (NOT :undelivered OR (j.is_waiting = 0 AND j.state NOT IN ('delivered', 'cancelled')))
    AND (coalesce(:study, :accession, :patient, :sender, :modality) IS NULL OR EXISTS (
        SELECT 1 FROM instance AS i
        WHERE i.id = j.instance_id
            AND (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
            AND (:accession IS NULL OR i.accession_number = :accession)
            AND (:patient IS NULL OR i.patient_id = :patient)
            AND (:sender IS NULL OR i.sender = :sender OR i.calling_ae_title = :sender OR EXISTS (
                SELECT 1 FROM receipt AS r CROSS JOIN association AS a ON a.id = r.association_id
                WHERE r.instance_id = i.id AND (a.sender = :sender OR a.calling_ae_title = :sender)))
            AND (:modality IS NULL OR i.modality = :modality)))
FROM job AS j INDEXED BY job_by_destination
WHERE j.destination_id = :destination
    AND j.id > :after AND j.id < :before
ORDER BY j.id DESC
)sql";

const char* const jobs_newest = R"sql(
SELECT j.id, j.state,
    (:destination IS NULL OR j.destination_id = :destination)
    AND (:state IS NULL OR j.state = :state)
    AND (:reason IS NULL OR j.reason = :reason)
    AND j.created_at_ms >= :since AND j.created_at_ms < :until AND j.owed_since_ms < :older_than
    AND (NOT :undelivered OR (j.is_waiting = 0 AND j.state NOT IN ('delivered', 'cancelled')))
    AND (coalesce(:study, :accession, :patient, :sender, :modality) IS NULL OR EXISTS (
        SELECT 1 FROM instance AS i
        WHERE i.id = j.instance_id
            AND (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
            AND (:accession IS NULL OR i.accession_number = :accession)
            AND (:patient IS NULL OR i.patient_id = :patient)
            AND (:sender IS NULL OR i.sender = :sender OR i.calling_ae_title = :sender OR EXISTS (
                SELECT 1 FROM receipt AS r CROSS JOIN association AS a ON a.id = r.association_id
                WHERE r.instance_id = i.id AND (a.sender = :sender OR a.calling_ae_title = :sender)))
            AND (:modality IS NULL OR i.modality = :modality)))
FROM job AS j NOT INDEXED
WHERE j.id > :after AND j.id < :before
ORDER BY j.id DESC
)sql";

}  // namespace outbox::sql
