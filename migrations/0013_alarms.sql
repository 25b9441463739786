-- Alarms: what somebody should look at until its cause is over, who is to be told of it, and how full the disk was.

CREATE TABLE alarm (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (name <> ''),
    subject TEXT NOT NULL,     -- the destination, sender, certificate or uplink that it is about, or ''
    since_ms INTEGER NOT NULL, -- when its cause began, as far as that is known
    n INTEGER NOT NULL CHECK (n > 0),
    text TEXT NOT NULL CHECK (text <> ''), -- for people, as the hint; without patient data
    hint TEXT NOT NULL,
    raised_at_ms INTEGER NOT NULL,
    cleared_at_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX alarm_raised ON alarm (name, subject) WHERE cleared_at_ms IS NULL;
CREATE TRIGGER alarm_guard BEFORE UPDATE OF id, name, subject, raised_at_ms ON alarm BEGIN
    SELECT RAISE(ABORT, 'what an alarm is about stays as it was');
END;
CREATE TRIGGER alarm_guard_cleared BEFORE UPDATE ON alarm WHEN OLD.cleared_at_ms IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'an alarm that was cleared does not change');
END;
CREATE TRIGGER alarm_no_delete BEFORE DELETE ON alarm BEGIN
    SELECT RAISE(ABORT, 'an alarm is never deleted');
END;

-- Who is told. The key is a hash of where that is: an address may have a secret in it. A row is never removed, only
-- marked as not configured.
CREATE TABLE recipient (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
    label TEXT NOT NULL CHECK (label <> ''), -- for people: kind and host
    is_configured INTEGER NOT NULL DEFAULT 1 CHECK (is_configured IN (0, 1))
) STRICT;

-- One message to one recipient: that an alarm was raised, or cleared, as it was then.
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    recipient_id INTEGER NOT NULL REFERENCES recipient,
    alarm_id INTEGER NOT NULL REFERENCES alarm,
    event TEXT NOT NULL CHECK (event IN ('raised', 'cleared')),
    since_ms INTEGER NOT NULL,
    n INTEGER NOT NULL,
    text TEXT NOT NULL,
    hint TEXT NOT NULL,
    idempotency_key TEXT NOT NULL UNIQUE CHECK (length(idempotency_key) = 32),
    at_ms INTEGER NOT NULL, -- of the event
    due_at_ms INTEGER NOT NULL,
    attempt_count INTEGER NOT NULL DEFAULT 0, -- tries that were not taken
    last_tried_at_ms INTEGER,
    last_error TEXT NOT NULL DEFAULT '',
    told_at_ms INTEGER,
    dropped_at_ms INTEGER, -- its recipient left the configuration before it was told
    CHECK (told_at_ms IS NULL OR dropped_at_ms IS NULL)
) STRICT;
CREATE UNIQUE INDEX message_by_alarm ON message (recipient_id, alarm_id, event) WHERE dropped_at_ms IS NULL;
CREATE INDEX message_open ON message (recipient_id, due_at_ms) WHERE told_at_ms IS NULL AND dropped_at_ms IS NULL;
CREATE TRIGGER message_guard BEFORE UPDATE OF id, recipient_id, alarm_id, event, since_ms, n, text, hint,
    idempotency_key, at_ms ON message BEGIN
    SELECT RAISE(ABORT, 'what a message says stays as it was');
END;
CREATE TRIGGER message_guard_ended BEFORE UPDATE ON message
WHEN OLD.told_at_ms IS NOT NULL OR OLD.dropped_at_ms IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a message that was told or dropped does not change');
END;
CREATE TRIGGER message_no_delete BEFORE DELETE ON message BEGIN
    SELECT RAISE(ABORT, 'a message is never deleted');
END;

-- The only way in.
CREATE VIEW message_entry AS SELECT recipient_id, alarm_id, event, at_ms FROM message;
CREATE TRIGGER message_made INSTEAD OF INSERT ON message_entry BEGIN
    INSERT INTO message (recipient_id, alarm_id, event, since_ms, n, text, hint, idempotency_key, at_ms, due_at_ms)
    SELECT NEW.recipient_id, id, NEW.event, since_ms, n, text, hint, lower(hex(randomblob(16))), NEW.at_ms, NEW.at_ms
    FROM alarm WHERE id = NEW.alarm_id;
END;

CREATE TRIGGER alarm_raised_recorded AFTER INSERT ON alarm BEGIN
    INSERT INTO history_entry
    VALUES (NEW.raised_at_ms, 'alarm_raised', 'bridge', NULL, NULL,
        iif(NEW.name IN ('oldest_undelivered', 'held', 'breaker_open', 'forgotten_pause'), NEW.subject, ''), '', '',
        detail('alarm', NEW.id, 'name', NEW.name, 'subject', NEW.subject, 'count', NEW.n, 'text', NEW.text));
    INSERT INTO message_entry SELECT id, NEW.id, 'raised', NEW.raised_at_ms FROM recipient WHERE is_configured;
END;
-- Its end is told to those who are told of its beginning, sooner or later.
CREATE TRIGGER alarm_cleared_recorded AFTER UPDATE OF cleared_at_ms ON alarm WHEN NEW.cleared_at_ms IS NOT NULL BEGIN
    INSERT INTO history_entry
    VALUES (NEW.cleared_at_ms, 'alarm_cleared', 'bridge', NULL, NULL,
        iif(NEW.name IN ('oldest_undelivered', 'held', 'breaker_open', 'forgotten_pause'), NEW.subject, ''), '', '',
        detail('alarm', NEW.id, 'name', NEW.name, 'subject', NEW.subject, 'raised_at_ms', NEW.raised_at_ms));
    INSERT INTO message_entry
    SELECT recipient.id, NEW.id, 'cleared', NEW.cleared_at_ms
    FROM recipient
    WHERE is_configured AND EXISTS (SELECT 1 FROM message INDEXED BY message_by_alarm
                                    WHERE recipient_id = recipient.id AND alarm_id = NEW.id AND event = 'raised'
                                        AND dropped_at_ms IS NULL);
END;
-- Who comes, or comes back, hears of what is raised by then.
CREATE TRIGGER message_of_raised AFTER INSERT ON recipient WHEN NEW.is_configured BEGIN
    INSERT INTO message_entry SELECT NEW.id, id, 'raised', raised_at_ms FROM alarm WHERE cleared_at_ms IS NULL;
END;
CREATE TRIGGER message_of_raised_again AFTER UPDATE OF is_configured ON recipient
WHEN NEW.is_configured AND NOT OLD.is_configured BEGIN
    INSERT INTO message_entry
    SELECT NEW.id, alarm.id, 'raised', raised_at_ms
    FROM alarm
    WHERE cleared_at_ms IS NULL
        AND NOT EXISTS (SELECT 1 FROM message INDEXED BY message_by_alarm
                        WHERE recipient_id = NEW.id AND alarm_id = alarm.id AND event = 'raised'
                            AND dropped_at_ms IS NULL);
END;

-- How full the disk was, and why, about once an hour.
CREATE TABLE space_sample (
    at_ms INTEGER PRIMARY KEY,
    free_bytes INTEGER NOT NULL,
    unrouted_bytes INTEGER NOT NULL, -- of kept blobs, by why they are kept
    unfinished_bytes INTEGER NOT NULL,
    retained_bytes INTEGER NOT NULL
) STRICT;

-- On how many days a sender brought something: who came once is not missed. Of those before this, one day is known.
ALTER TABLE sender ADD COLUMN day_count INTEGER NOT NULL DEFAULT 0;
UPDATE sender SET day_count = 1 WHERE receipts > 0;
CREATE TRIGGER sender_came AFTER INSERT ON sender WHEN NEW.receipts > 0 BEGIN
    UPDATE sender SET day_count = 1 WHERE calling_ae_title = NEW.calling_ae_title AND address = NEW.address;
END;
CREATE TRIGGER sender_came_again AFTER UPDATE OF last_received_at_ms ON sender
WHEN NEW.last_received_at_ms / 86400000 > OLD.last_received_at_ms / 86400000 BEGIN
    UPDATE sender SET day_count = OLD.day_count + 1
    WHERE calling_ae_title = NEW.calling_ae_title AND address = NEW.address;
END;
