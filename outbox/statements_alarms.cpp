/// The SQL of alarms: raising and clearing, who is told, what became of each message, and samples of the disk.
#include "outbox/statements.h"

namespace outbox::sql {

const char* const raise_alarm = R"sql(
INSERT INTO alarm (name, subject, since_ms, n, text, hint, raised_at_ms)
SELECT :name, :subject, :since, :count, :text, :hint, :now
WHERE NOT EXISTS (SELECT 1 FROM alarm INDEXED BY alarm_raised
                  WHERE name = :name AND subject = :subject AND cleared_at_ms IS NULL)
)sql";

const char* const change_alarm = R"sql(
UPDATE alarm SET since_ms = :since, n = :count, text = :text, hint = :hint
WHERE id = :alarm AND cleared_at_ms IS NULL
)sql";

const char* const clear_alarm = R"sql(
UPDATE alarm SET cleared_at_ms = :now WHERE id = :alarm AND cleared_at_ms IS NULL
)sql";

// Without the WHERE of an upsert nothing would change but the trigger's time.
const char* const configure_recipient = R"sql(
INSERT INTO recipient (key, label) VALUES (:key, :label)
ON CONFLICT (key) DO UPDATE SET label = excluded.label, is_configured = 1
WHERE label <> excluded.label OR NOT is_configured
)sql";

const char* const configured_recipients = R"sql(
SELECT id, key, label FROM recipient WHERE is_configured
)sql";

const char* const unconfigure_recipient = R"sql(
UPDATE recipient SET is_configured = 0 WHERE id = :recipient
)sql";

const char* const drop_messages = R"sql(
UPDATE message SET dropped_at_ms = :now
WHERE recipient_id = :recipient AND told_at_ms IS NULL AND dropped_at_ms IS NULL
)sql";

const char* const put_off_message = R"sql(
UPDATE message SET due_at_ms = :due_at, attempt_count = attempt_count + 1, last_tried_at_ms = :now,
    last_error = :error
WHERE id = :message AND told_at_ms IS NULL AND dropped_at_ms IS NULL
RETURNING (SELECT label FROM recipient WHERE id = recipient_id), (SELECT name FROM alarm WHERE id = alarm_id),
    (SELECT subject FROM alarm WHERE id = alarm_id), event, attempt_count
)sql";

const char* const end_message = R"sql(
UPDATE message SET told_at_ms = :now, last_tried_at_ms = :now
WHERE id = :message AND told_at_ms IS NULL AND dropped_at_ms IS NULL
RETURNING (SELECT label FROM recipient WHERE id = recipient_id), (SELECT name FROM alarm WHERE id = alarm_id),
    (SELECT subject FROM alarm WHERE id = alarm_id), event, attempt_count
)sql";

const char* const hurry_messages = R"sql(
UPDATE message SET due_at_ms = :now
WHERE recipient_id = :recipient AND told_at_ms IS NULL AND dropped_at_ms IS NULL AND due_at_ms > :now
)sql";

const char* const note_space = R"sql(
INSERT INTO space_sample (at_ms, free_bytes, unrouted_bytes, unfinished_bytes, retained_bytes)
VALUES (:at, :free, :unrouted, :unfinished, :retained)
ON CONFLICT (at_ms) DO UPDATE SET free_bytes = excluded.free_bytes, unrouted_bytes = excluded.unrouted_bytes,
    unfinished_bytes = excluded.unfinished_bytes, retained_bytes = excluded.retained_bytes
)sql";

// What lies ahead was written down by a wall clock that was wrong.
const char* const drop_space = R"sql(
DELETE FROM space_sample WHERE at_ms < :keep_since OR at_ms > :at
)sql";

}  // namespace outbox::sql
