/// The SQL of notices: which calls to a webhook are due, and how they stand.
#include "outbox/view_statements.h"

namespace outbox::sql {

// Of each study the oldest one alone: what happened later is not told before.
const char* const notices_due = R"sql(
SELECT n.id, n.study_instance_uid, n.stage, n.reason, n.note, n.accession_number, n.service_request_id,
    n.imaging_study_id, n.idempotency_key, n.attempt_count, n.created_at_ms, n.due_at_ms
FROM notice AS n INDEXED BY notice_open
WHERE n.destination_id = :destination AND n.told_at_ms IS NULL AND n.due_at_ms <= :now
    AND NOT EXISTS (SELECT 1 FROM notice AS older INDEXED BY notice_by_study
                    WHERE older.destination_id = n.destination_id AND older.study_instance_uid = n.study_instance_uid
                        AND older.id < n.id AND older.told_at_ms IS NULL)
ORDER BY n.due_at_ms, n.id
LIMIT :limit
)sql";

const char* const webhook = R"sql(
SELECT d.notifies,
    (SELECT count(*) FROM notice INDEXED BY notice_open WHERE destination_id = d.id AND told_at_ms IS NULL),
    (SELECT min(created_at_ms) FROM notice INDEXED BY notice_open WHERE destination_id = d.id AND told_at_ms IS NULL),
    (SELECT max(told_at_ms) FROM notice INDEXED BY notice_told
     WHERE destination_id = d.id AND told_at_ms IS NOT NULL),
    coalesce((SELECT last_error FROM notice INDEXED BY notice_open
              WHERE destination_id = d.id AND told_at_ms IS NULL AND last_tried_at_ms IS NOT NULL
              ORDER BY last_tried_at_ms DESC, id DESC LIMIT 1), '')
FROM destination AS d
WHERE d.id = :destination
)sql";

}  // namespace outbox::sql
