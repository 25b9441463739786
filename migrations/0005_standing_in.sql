-- What stands in for a destination and was held there, and what is said of an edit in its history.

-- It comes back as well, once the first destination works again.
CREATE INDEX job_standing_in_held ON job (stands_in_for, id) WHERE stands_in_for IS NOT NULL AND state = 'held';

-- The note says which routes wanted other edits: the job keeps it no longer than until its next change.
DROP TRIGGER job_edited;
CREATE TRIGGER job_edited AFTER UPDATE OF is_edited ON job WHEN NEW.is_edited AND NOT OLD.is_edited BEGIN
    INSERT INTO history_entry
    SELECT NEW.changed_at_ms, 'edited', 'bridge', NEW.instance_id, NEW.id,
        (SELECT name FROM destination WHERE id = NEW.destination_id), instance.sop_instance_uid, lower(hex(NEW.digest)),
        detail('original', lower(hex(instance.digest)), 'edits', (SELECT text FROM edit WHERE id = NEW.edit_id),
            'note', NEW.note)
    FROM instance WHERE instance.id = NEW.instance_id;
END;
