/// The SQL of the questions about alarms, the messages about them, and how full the disk was.
#include "outbox/view_statements.h"

namespace outbox::sql {

const char* const alarms = R"sql(
SELECT id, name, subject, since_ms, n, text, hint, raised_at_ms
FROM alarm INDEXED BY alarm_raised
WHERE cleared_at_ms IS NULL
ORDER BY id
)sql";

// Of each alarm the older message alone: that it is over is not told before that it was raised.
const char* const messages_due = R"sql(
SELECT m.id, m.alarm_id, m.event, a.name, a.subject, m.since_ms, m.n, m.text, m.hint, m.at_ms, m.idempotency_key,
    m.attempt_count
FROM message AS m INDEXED BY message_open JOIN alarm AS a ON a.id = m.alarm_id
WHERE m.recipient_id = :recipient AND m.told_at_ms IS NULL AND m.dropped_at_ms IS NULL AND m.due_at_ms <= :now
    AND NOT EXISTS (SELECT 1 FROM message AS older INDEXED BY message_by_alarm
                    WHERE older.recipient_id = m.recipient_id AND older.alarm_id = m.alarm_id AND older.id < m.id
                        AND older.dropped_at_ms IS NULL AND older.told_at_ms IS NULL)
ORDER BY m.due_at_ms, m.id
LIMIT :limit
)sql";

const char* const recipient = R"sql(
SELECT r.id, r.is_configured,
    (SELECT count(*) FROM message INDEXED BY message_open
     WHERE recipient_id = r.id AND told_at_ms IS NULL AND dropped_at_ms IS NULL),
    (SELECT min(at_ms) FROM message INDEXED BY message_open
     WHERE recipient_id = r.id AND told_at_ms IS NULL AND dropped_at_ms IS NULL),
    coalesce((SELECT last_error FROM message INDEXED BY message_open
              WHERE recipient_id = r.id AND told_at_ms IS NULL AND dropped_at_ms IS NULL
                  AND last_tried_at_ms IS NOT NULL
              ORDER BY last_tried_at_ms DESC, id DESC LIMIT 1), '')
FROM recipient AS r
WHERE r.key = :key
)sql";

const char* const space_samples = R"sql(
SELECT at_ms, free_bytes, unrouted_bytes, unfinished_bytes, retained_bytes FROM space_sample ORDER BY at_ms
)sql";

const char* const senders_that_brought = R"sql(
SELECT calling_ae_title, address, name, first_seen_at_ms, last_received_at_ms, receipts, last_seen_at_ms, refused,
    refused_reason, day_count
FROM sender
WHERE receipts > 0
ORDER BY last_received_at_ms DESC
LIMIT :limit
)sql";

}  // namespace outbox::sql
