/// The SQL of reconciliation: what was received in a period, row by row, and what became of it.
#include "outbox/view_statements.h"

namespace outbox::sql {

const char* const instance_bounds = R"sql(
SELECT
    coalesce((SELECT min(last) - 1024 FROM span WHERE of = 'instance' AND latest_ms >= :since),
        (SELECT max(last) FROM span WHERE of = 'instance'), 0),
    -- The newest rows are in no span yet.
    CASE
        WHEN EXISTS (SELECT 1 FROM instance
                     WHERE id > coalesce((SELECT max(last) FROM span WHERE of = 'instance'), 0)
                         AND received_at_ms < :until)
        THEN 9223372036854775807
        ELSE coalesce((SELECT max(last) + 1 FROM span WHERE of = 'instance' AND earliest_ms < :until), 1)
    END
)sql";

const char* const newest_instance = "SELECT coalesce(max(id), 0) FROM instance";

// One row per job, and one for an instance without any.
const char* const reconciled = R"sql(
SELECT i.id, coalesce(i.study_instance_uid, ''), i.job_count, i.unfinished_count, j.destination_id, j.state, j.reason,
    j.is_warning, i.received_at_ms >= :since AND i.received_at_ms < :until
FROM instance AS i NOT INDEXED LEFT JOIN job AS j ON j.instance_id = i.id
WHERE i.id > :after AND i.id < :before
ORDER BY i.id DESC
)sql";

const char* const reconciled_study = R"sql(
SELECT coalesce(d.name, ''), j.state, j.reason, count(*), min(i.accession_number), max(i.received_at_ms),
    coalesce((SELECT modalities FROM study WHERE study_instance_uid = :study), '')
FROM instance AS i INDEXED BY instance_by_series
    LEFT JOIN job AS j ON j.instance_id = i.id AND (:destination IS NULL OR j.destination_id = :destination)
    LEFT JOIN destination AS d ON d.id = j.destination_id
WHERE i.study_instance_uid = :study AND i.received_at_ms >= :since AND i.received_at_ms < :until
    AND (j.id IS NOT NULL OR i.job_count = 0)
GROUP BY d.name, j.state, j.reason
ORDER BY d.name
)sql";

}  // namespace outbox::sql
