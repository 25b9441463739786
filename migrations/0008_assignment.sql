-- Accession numbers that a person assigns to studies, and looking at once for what a study waits for.

-- The number that a study goes by at a destination, whatever its instances came with; also those that come later.
CREATE TABLE assignment (
    destination_id INTEGER NOT NULL REFERENCES destination,
    study_instance_uid TEXT NOT NULL CHECK (study_instance_uid <> ''),
    accession_number TEXT NOT NULL CHECK (accession_number <> ''),
    edit_id INTEGER NOT NULL REFERENCES edit, -- what puts it into an instance
    actor TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (destination_id, study_instance_uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_by_study ON assignment (study_instance_uid);
CREATE TRIGGER assignment_no_delete BEFORE DELETE ON assignment BEGIN
    SELECT RAISE(ABORT, 'what a person assigned is never deleted');
END;

-- What it edits are the edits of its route, and then those that were assigned.
ALTER TABLE job ADD COLUMN is_assigned INTEGER NOT NULL DEFAULT 0
    CHECK (is_assigned IN (0, 1) AND (is_assigned = 0 OR edit_id IS NOT NULL));
-- Of such a job those of its route alone; NULL: none.
ALTER TABLE job ADD COLUMN route_edit_id INTEGER REFERENCES edit CHECK (route_edit_id IS NULL OR is_assigned);

INSERT INTO job_transition VALUES
    ('recheck', 'queued', 'queued', 1),
    ('assign', 'queued', 'queued', 0), -- one row for the study: accession_assigned
    ('assign', 'held', 'held', 0);

-- But for what is assigned on top, while the destination does not know of the instance yet. It is edited once more then.
DROP TRIGGER job_guard_edit;
CREATE TRIGGER job_guard_edit BEFORE UPDATE OF edit_id, route_edit_id, is_assigned ON job
WHEN (NEW.edit_id IS NOT OLD.edit_id OR NEW.route_edit_id IS NOT OLD.route_edit_id OR NEW.is_assigned <> OLD.is_assigned)
    AND NOT (NEW.verb = 'assign' AND NEW.is_assigned AND NOT NEW.is_edited AND NOT OLD.is_registered
        AND NEW.route_edit_id IS CASE WHEN OLD.is_assigned THEN OLD.route_edit_id ELSE OLD.edit_id END) BEGIN
    SELECT RAISE(ABORT, 'what a job edits stays what it is');
END;

DROP TRIGGER job_recorded;
CREATE TRIGGER job_recorded AFTER UPDATE ON job
WHEN (SELECT is_recorded FROM job_transition
      WHERE verb = NEW.verb AND from_state = OLD.state AND to_state = NEW.state) BEGIN
    INSERT INTO history_entry
    SELECT NEW.changed_at_ms,
        CASE NEW.verb WHEN 'deliver' THEN 'delivered' WHEN 'doubt' THEN 'doubted' WHEN 'hold' THEN 'held'
            WHEN 'confirm' THEN 'confirmed' WHEN 'adopt' THEN 'adopted' WHEN 'recall' THEN 'recalled'
            WHEN 'release' THEN 'released' WHEN 'retry' THEN 'retried' WHEN 'cancel' THEN 'cancelled'
            WHEN 'resend' THEN 'resent' WHEN 'recheck' THEN 'rechecked' END,
        NEW.actor, NEW.instance_id, NEW.id, (SELECT name FROM destination WHERE id = NEW.destination_id),
        instance.sop_instance_uid, lower(hex(NEW.digest)),
        detail('from', OLD.state, 'to', NEW.state, 'reason', NEW.reason, 'round', NEW.round,
            'attempts', NEW.attempt_count, 'status', NEW.status, 'evidence', NEW.evidence, 'note', NEW.note)
    FROM instance WHERE instance.id = NEW.instance_id;
END;
