/// The SQL of studies at the destinations that register them: the list, once per leading filter, and how many are
/// where.
#include "outbox/view_statements.h"

// Literals joined by the compiler, so that the lists cannot come to differ in what matches. A study has the number that
// it came with, the one that its order was looked for with, and the one that a person assigned.
#define HAS_ACCESSION                                                                                      \
    "(:accession IS NULL OR r.study_instance_uid IN ("                                                     \
    "\n        SELECT study_instance_uid FROM study INDEXED BY study_by_accession"                         \
    "\n        WHERE accession_number = :accession AND accession_number <> ''"                             \
    "\n        UNION ALL SELECT study_instance_uid FROM registration INDEXED BY registration_by_accession" \
    "\n        WHERE accession_number = :accession AND accession_number <> ''"                             \
    "\n        UNION ALL SELECT study_instance_uid FROM assignment INDEXED BY assignment_by_accession"     \
    "\n        WHERE accession_number = :accession))"

#define COLUMNS                                                                 \
    "SELECT r.destination_id, r.study_instance_uid, r.stage_at_ms, d.registers" \
    "\n    AND (:destination IS NULL OR r.destination_id = :destination)"       \
    "\n    AND (:stage IS NULL OR r.stage = :stage)"                            \
    "\n    AND (:objection IS NULL OR r.objection_reason = :objection) AND " HAS_ACCESSION "\nFROM registration AS r "

#define BEHIND                                                                                                       \
    "\n    AND (r.stage_at_ms, r.destination_id, r.study_instance_uid) > (:after, :after_destination, :after_study)" \
    "\nORDER BY r.stage_at_ms, r.destination_id, r.study_instance_uid"

namespace outbox::sql {

const char* const registrations_of_accession = COLUMNS R"sql(INDEXED BY registration_by_study
    CROSS JOIN destination AS d ON d.id = r.destination_id
WHERE r.study_instance_uid IN (
        SELECT study_instance_uid FROM study INDEXED BY study_by_accession
        WHERE accession_number = :accession AND accession_number <> ''
        UNION SELECT study_instance_uid FROM registration INDEXED BY registration_by_accession
        WHERE accession_number = :accession AND accession_number <> ''
        UNION SELECT study_instance_uid FROM assignment INDEXED BY assignment_by_accession
        WHERE accession_number = :accession))sql" BEHIND;

const char* const registrations_of_objection = COLUMNS R"sql(INDEXED BY registration_by_objection
    CROSS JOIN destination AS d ON d.id = r.destination_id
WHERE r.objection_reason = :objection AND r.objection_reason <> '')sql" BEHIND;

const char* const registrations_of_stage = COLUMNS R"sql(INDEXED BY registration_by_stage
    CROSS JOIN destination AS d ON d.id = r.destination_id
WHERE r.stage = :stage)sql" BEHIND;

const char* const registrations_oldest = COLUMNS R"sql(INDEXED BY registration_by_age
    CROSS JOIN destination AS d ON d.id = r.destination_id
WHERE r.stage_at_ms >= :after)sql" BEHIND;

const char* const unregistered_oldest =
    "SELECT r.destination_id, r.study_instance_uid, r.since_ms, d.registers"
    "\n    AND (:destination IS NULL OR r.destination_id = :destination) AND " HAS_ACCESSION R"sql(
FROM unregistered AS r INDEXED BY unregistered_by_age CROSS JOIN destination AS d ON d.id = r.destination_id
WHERE r.since_ms >= :after AND (r.since_ms, r.destination_id, r.study_instance_uid)
    > (:after, :after_destination, :after_study)
ORDER BY r.since_ms, r.destination_id, r.study_instance_uid
)sql";

const char* const registration_counts = R"sql(
SELECT d.name, r.stage, r.objection_reason, count(*), min(r.stage_at_ms)
FROM destination AS d CROSS JOIN registration AS r INDEXED BY registration_counted ON r.destination_id = d.id
WHERE d.registers AND (:destination IS NULL OR d.name = :destination)
GROUP BY d.id, r.stage, r.objection_reason
)sql";

const char* const unregistered_counts = R"sql(
SELECT d.name, count(*), min(u.since_ms)
FROM destination AS d CROSS JOIN unregistered AS u ON u.destination_id = d.id
WHERE d.registers AND (:destination IS NULL OR d.name = :destination)
GROUP BY d.id
)sql";

const char* const registering_study = R"sql(
SELECT s.patient_name, s.patient_id, s.accession_number, s.study_date, s.study_description, s.modalities,
    s.instance_count,
    coalesce((SELECT accession_number FROM assignment
              WHERE destination_id = :destination AND study_instance_uid = :study), ''),
    (SELECT name FROM destination WHERE id = :destination)
FROM study AS s
WHERE s.study_instance_uid = :study
)sql";

const char* const registering_jobs = R"sql(
SELECT j.state, j.reason, count(*), min(iif(j.state = 'queued' AND NOT j.is_registered, j.due_at_ms, NULL))
FROM instance AS i INDEXED BY instance_by_series
    CROSS JOIN job AS j ON j.instance_id = i.id AND j.destination_id = :destination
WHERE i.study_instance_uid = :study
GROUP BY j.state, j.reason
)sql";

}  // namespace outbox::sql
