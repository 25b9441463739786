/// The SQL of notices: what became of a call to a webhook.
#include "outbox/statements.h"

namespace outbox::sql {

const char* const put_off_notice = R"sql(
UPDATE notice SET due_at_ms = :due_at, attempt_count = attempt_count + 1, last_tried_at_ms = :now,
    last_status = coalesce(:status, last_status), last_error = :error
WHERE id = :notice AND told_at_ms IS NULL
RETURNING destination_id, study_instance_uid, stage, imaging_study_id, attempt_count
)sql";

const char* const end_notice = R"sql(
UPDATE notice SET told_at_ms = :now, last_tried_at_ms = :now, last_status = :status
WHERE id = :notice AND told_at_ms IS NULL
RETURNING destination_id, study_instance_uid, stage, imaging_study_id, attempt_count
)sql";

const char* const hurry_notices = R"sql(
UPDATE notice SET due_at_ms = :now
WHERE destination_id = :destination AND told_at_ms IS NULL AND due_at_ms > :now
)sql";

}  // namespace outbox::sql
