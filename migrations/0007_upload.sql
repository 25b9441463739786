-- A destination over HTTP may refuse an instance for its size; and whom a number was used for is asked by the number that
-- a study was looked for with, too.

INSERT INTO reason VALUES ('too_large', 0);
CREATE INDEX registration_by_accession ON registration (accession_number) WHERE accession_number <> '';

-- Another kind of destination under the old name: what is queued there waits for what the new kind wants.
CREATE TRIGGER destination_registers AFTER UPDATE OF registers ON destination WHEN NEW.registers <> OLD.registers BEGIN
    UPDATE job SET is_registered = NOT NEW.registers, changed_at_ms = max(changed_at_ms, created_at_ms), verb = 'postpone',
        actor = 'bridge'
    WHERE destination_id = NEW.id AND state = 'queued' AND is_registered = NEW.registers;
END;
