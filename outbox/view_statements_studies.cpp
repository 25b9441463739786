/// The SQL of the studies: the list of them, once per leading filter, and what one consists of.
#include "outbox/view_statements.h"

// Literals joined by the compiler, so that the three lists cannot come to differ in what matches. The study's row has
// the patient and the accession number of the instance that came first.
#define MATCHES                                                                                                      \
    "\n    (:patient IS NULL OR patient_id = :patient)"                                                              \
    "\n    AND (:accession IS NULL OR accession_number = :accession)"                                                \
    "\n    AND (:modality IS NULL OR instr('\\' || modalities || '\\', '\\' || :modality || '\\') > 0)"              \
    "\n    AND (:day IS NULL OR study_date = :day OR (first_received_at_ms < :until AND last_received_at_ms >= "     \
    ":since))"                                                                                                       \
    "\n    AND (:text IS NULL OR instr(lower(patient_name || char(10) || patient_id || char(10) || accession_number" \
    "\n        || char(10) || study_instance_uid || char(10) || study_description), lower(:text)) > 0)"

namespace outbox::sql {

const char* const studies_of_patient = "SELECT id," MATCHES R"sql(
FROM study INDEXED BY study_by_patient
WHERE patient_id = :patient AND patient_id <> '' AND +id < :before
ORDER BY id DESC
)sql";

const char* const studies_of_accession = "SELECT id," MATCHES R"sql(
FROM study INDEXED BY study_by_accession
WHERE accession_number = :accession AND accession_number <> '' AND +id < :before
ORDER BY id DESC
)sql";

const char* const studies_newest = "SELECT id," MATCHES R"sql(
FROM study NOT INDEXED
WHERE id < :before
ORDER BY id DESC
)sql";

const char* const study_row = R"sql(
SELECT id, study_instance_uid, patient_name, patient_id, patient_birth_date, accession_number, study_date,
    study_description, modalities, instance_count, bytes, first_received_at_ms, last_received_at_ms,
    (SELECT count(*) FROM instance AS i INDEXED BY instance_by_series
     WHERE i.study_instance_uid = study.study_instance_uid AND i.job_count = 0)
FROM study
WHERE id = coalesce(:id, (SELECT id FROM study WHERE study_instance_uid = :study))
)sql";

const char* const study_jobs = R"sql(
SELECT d.name, j.state, j.reason, count(*), d.registers, sum(j.state IN ('queued', 'held') AND NOT j.is_registered),
    sum(j.is_warning)
FROM instance AS i INDEXED BY instance_by_series
    CROSS JOIN job AS j ON j.instance_id = i.id
    CROSS JOIN destination AS d ON d.id = j.destination_id
WHERE i.study_instance_uid = :study
GROUP BY d.name, j.state, j.reason
ORDER BY d.name
)sql";

const char* const study_series = R"sql(
SELECT coalesce(series_instance_uid, ''), min(modality), min(series_number), min(series_description),
    count(DISTINCT sop_instance_uid), count(*), sum(blob_state = 'kept'), sum(bytes)
FROM instance INDEXED BY instance_by_series
WHERE study_instance_uid = :study
GROUP BY series_instance_uid
ORDER BY CAST(min(series_number) AS INTEGER), series_instance_uid
LIMIT :limit
)sql";

}  // namespace outbox::sql
