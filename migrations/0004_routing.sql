-- Edits that a route asks for, jobs that stand in for a destination that fails, and who was seen at the door.

-- What a route wants changed before an instance goes to a destination; each wording once.
CREATE TABLE edit (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE CHECK (text <> '')
) STRICT;
CREATE TRIGGER edit_no_update BEFORE UPDATE ON edit BEGIN
    SELECT RAISE(ABORT, 'what was promised to be edited stays as it was written');
END;
CREATE TRIGGER edit_no_delete BEFORE DELETE ON edit BEGIN
    SELECT RAISE(ABORT, 'what was promised to be edited stays as it was written');
END;

ALTER TABLE job ADD COLUMN edit_id INTEGER REFERENCES edit;
-- The blob of `digest` has the edits in it.
ALTER TABLE job ADD COLUMN is_edited INTEGER NOT NULL DEFAULT 0
    CHECK (is_edited IN (0, 1) AND (is_edited = 0 OR edit_id IS NOT NULL));
-- The destination that it was promised to first; NULL where it is promised to its own.
ALTER TABLE job ADD COLUMN stands_in_for INTEGER REFERENCES destination;
CREATE INDEX job_standing_in ON job (stands_in_for, id) WHERE stands_in_for IS NOT NULL AND state = 'queued';
-- Which destination stands in for one that fails, and since when.
ALTER TABLE destination ADD COLUMN failover_id INTEGER REFERENCES destination;
ALTER TABLE destination ADD COLUMN failover_since_ms INTEGER
    CHECK ((failover_since_ms IS NULL) = (failover_id IS NULL));
-- What waits until its study is complete: whether it is, is looked at when it comes due.
CREATE INDEX job_quiet ON job (destination_id, due_at_ms) WHERE state = 'queued' AND reason = 'quiet_period';

-- A name that a route has removed must not leave the house by some other path through the states.
CREATE TRIGGER job_guard_edited BEFORE UPDATE OF state ON job
WHEN NEW.state = 'sending' AND NEW.edit_id IS NOT NULL AND NOT NEW.is_edited BEGIN
    SELECT RAISE(ABORT, 'what a route wants edited is not sent before it is');
END;
CREATE TRIGGER job_guard_edit BEFORE UPDATE OF edit_id ON job WHEN NEW.edit_id IS NOT OLD.edit_id BEGIN
    SELECT RAISE(ABORT, 'what a job edits stays what it is');
END;
CREATE TRIGGER job_guard_fall_back BEFORE UPDATE OF digest ON job
WHEN NEW.is_edited AND OLD.is_edited AND NEW.digest <> OLD.digest
    AND NEW.digest = (SELECT digest FROM instance WHERE id = NEW.instance_id) BEGIN
    SELECT RAISE(ABORT, 'the instance''s own blob is not an edited one');
END;
CREATE TRIGGER job_guard_unedited BEFORE UPDATE OF digest, is_edited ON job
WHEN NEW.edit_id IS NOT NULL AND NOT NEW.is_edited
    AND NEW.digest <> (SELECT digest FROM instance WHERE id = NEW.instance_id) BEGIN
    SELECT RAISE(ABORT, 'what is edited is made of the instance''s own blob');
END;
CREATE TRIGGER job_edited AFTER UPDATE OF is_edited ON job WHEN NEW.is_edited AND NOT OLD.is_edited BEGIN
    INSERT INTO history_entry
    SELECT NEW.changed_at_ms, 'edited', 'bridge', NEW.instance_id, NEW.id,
        (SELECT name FROM destination WHERE id = NEW.destination_id), instance.sop_instance_uid, lower(hex(NEW.digest)),
        detail('original', lower(hex(instance.digest)), 'edits', (SELECT text FROM edit WHERE id = NEW.edit_id))
    FROM instance WHERE instance.id = NEW.instance_id;
END;

-- Whether another transfer syntax was made, too; else it is only edited.
ALTER TABLE derived_blob ADD COLUMN is_transcoded INTEGER NOT NULL DEFAULT 1 CHECK (is_transcoded IN (0, 1));

-- Who was at the door, let in or not. One that never brought an instance has received none: last_received_at_ms = 0.
ALTER TABLE sender ADD COLUMN last_seen_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sender ADD COLUMN refused INTEGER NOT NULL DEFAULT 0; -- associations
ALTER TABLE sender ADD COLUMN refused_reason TEXT NOT NULL DEFAULT ''; -- of the last one
UPDATE sender SET last_seen_at_ms = last_received_at_ms;
CREATE INDEX sender_seen ON sender (last_seen_at_ms);
CREATE INDEX sender_stranger ON sender (last_seen_at_ms) WHERE receipts = 0;
DROP TRIGGER receipt_summed;
CREATE TRIGGER receipt_summed AFTER INSERT ON receipt BEGIN
    UPDATE tally SET n = n + 1 WHERE name = 'receipts';
    UPDATE tally SET n = max(n, NEW.received_at_ms) WHERE name = 'last_received_at_ms';
    INSERT INTO sender (calling_ae_title, address, name, first_seen_at_ms, last_received_at_ms, receipts, last_seen_at_ms)
    SELECT calling_ae_title, address, sender, NEW.received_at_ms, NEW.received_at_ms, 1, NEW.received_at_ms
    FROM association WHERE id = NEW.association_id
    ON CONFLICT (calling_ae_title, address) DO UPDATE SET
        name = excluded.name,
        last_received_at_ms = max(last_received_at_ms, excluded.last_received_at_ms),
        last_seen_at_ms = max(last_seen_at_ms, excluded.last_seen_at_ms),
        receipts = receipts + 1;
END;
