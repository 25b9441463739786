/// The SQL of the history's lists, each led by the index that fits what was asked for, and of its rows.
#include "outbox/view_statements.h"

namespace outbox::sql {

const char* const history_of_study = R"sql(
SELECT h.sequence,
    (:accession IS NULL OR i.accession_number = :accession)
    AND (:patient IS NULL OR i.patient_id = :patient)
    AND (:destination IS NULL OR h.destination = :destination)
    AND (:actor IS NULL OR h.actor = :actor)
    AND (:event IS NULL OR h.event = :event)
    AND h.at_ms >= :since AND h.at_ms < :until
FROM instance AS i INDEXED BY instance_by_series
    CROSS JOIN history AS h INDEXED BY history_by_instance ON h.instance_id = i.id
WHERE i.study_instance_uid = :study
    AND +h.sequence > :after AND +h.sequence < :before
ORDER BY h.sequence DESC
)sql";

const char* const history_of_accession = R"sql(
SELECT h.sequence,
    (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
    AND (:patient IS NULL OR i.patient_id = :patient)
    AND (:destination IS NULL OR h.destination = :destination)
    AND (:actor IS NULL OR h.actor = :actor)
    AND (:event IS NULL OR h.event = :event)
    AND h.at_ms >= :since AND h.at_ms < :until
FROM instance AS i INDEXED BY instance_by_accession
    CROSS JOIN history AS h INDEXED BY history_by_instance ON h.instance_id = i.id
WHERE i.accession_number = :accession AND i.accession_number <> '' -- the index's own condition
    AND +h.sequence > :after AND +h.sequence < :before
ORDER BY h.sequence DESC
)sql";

const char* const history_of_patient = R"sql(
SELECT h.sequence,
    (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
    AND (:accession IS NULL OR i.accession_number = :accession)
    AND (:destination IS NULL OR h.destination = :destination)
    AND (:actor IS NULL OR h.actor = :actor)
    AND (:event IS NULL OR h.event = :event)
    AND h.at_ms >= :since AND h.at_ms < :until
FROM instance AS i INDEXED BY instance_by_patient
    CROSS JOIN history AS h INDEXED BY history_by_instance ON h.instance_id = i.id
WHERE i.patient_id = :patient AND i.patient_id <> ''
    AND +h.sequence > :after AND +h.sequence < :before
ORDER BY h.sequence DESC
)sql";

const char* const history_of_actor = R"sql(
SELECT h.sequence,
    (:destination IS NULL OR h.destination = :destination)
    AND (:event IS NULL OR h.event = :event)
    AND h.at_ms >= :since AND h.at_ms < :until
    AND (coalesce(:study, :accession, :patient) IS NULL OR EXISTS (
        SELECT 1 FROM instance AS i
        WHERE i.id = h.instance_id
            AND (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
            AND (:accession IS NULL OR i.accession_number = :accession)
            AND (:patient IS NULL OR i.patient_id = :patient)))
FROM history AS h INDEXED BY history_by_actor
WHERE h.actor = :actor AND h.actor <> 'bridge' -- the index's own condition
    AND h.sequence > :after AND h.sequence < :before
ORDER BY h.sequence DESC
)sql";

const char* const history_of_event = R"sql(
SELECT h.sequence,
    (:destination IS NULL OR h.destination = :destination)
    AND (:actor IS NULL OR h.actor = :actor)
    AND h.at_ms >= :since AND h.at_ms < :until
    AND (coalesce(:study, :accession, :patient) IS NULL OR EXISTS (
        SELECT 1 FROM instance AS i
        WHERE i.id = h.instance_id
            AND (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
            AND (:accession IS NULL OR i.accession_number = :accession)
            AND (:patient IS NULL OR i.patient_id = :patient)))
FROM history AS h INDEXED BY history_by_event
WHERE h.event = :event AND h.event NOT IN ('received', 'delivered')
    AND h.sequence > :after AND h.sequence < :before
ORDER BY h.sequence DESC
)sql";

const char* const history_newest = R"sql(
SELECT h.sequence,
    (:destination IS NULL OR h.destination = :destination)
    AND (:actor IS NULL OR h.actor = :actor)
    AND (:event IS NULL OR h.event = :event)
    AND h.at_ms >= :since AND h.at_ms < :until
    AND (coalesce(:study, :accession, :patient) IS NULL OR EXISTS (
        SELECT 1 FROM instance AS i
        WHERE i.id = h.instance_id
            AND (:study IS NULL OR coalesce(i.study_instance_uid, '') = :study)
            AND (:accession IS NULL OR i.accession_number = :accession)
            AND (:patient IS NULL OR i.patient_id = :patient)))
FROM history AS h NOT INDEXED
WHERE h.sequence > :after AND h.sequence < :before
ORDER BY h.sequence DESC
)sql";

const char* const history_bounds = R"sql(
SELECT
    coalesce((SELECT min(last) - 1024 FROM span WHERE of = 'history' AND latest_ms >= :since),
        (SELECT max(last) FROM span WHERE of = 'history'), 0),
    -- The newest rows are in no span yet.
    CASE
        WHEN EXISTS (SELECT 1 FROM history
                     WHERE sequence > coalesce((SELECT max(last) FROM span WHERE of = 'history'), 0) AND at_ms < :until)
        THEN 9223372036854775807
        ELSE coalesce((SELECT max(last) + 1 FROM span WHERE of = 'history' AND earliest_ms < :until), 1)
    END
)sql";

const char* const history_row = R"sql(
SELECT sequence, node, at_ms, event, actor, instance_id, job_id, destination, sop_instance_uid, digest, detail,
    previous_hash, hash
FROM history
WHERE sequence = :sequence
)sql";

const char* const history_slice = R"sql(
SELECT sequence, node, at_ms, event, actor, instance_id, job_id, destination, sop_instance_uid, digest, detail,
    previous_hash, hash
FROM history
WHERE sequence > :after
ORDER BY sequence
LIMIT :limit
)sql";

const char* const history_tip = R"sql(
SELECT coalesce(max(sequence), 0) FROM history
)sql";

}  // namespace outbox::sql
