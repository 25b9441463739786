-- Studies that are registered: what a destination over HTTP may answer, and what another configuration does to them.

INSERT INTO reason VALUES ('too_large', 0);
-- Whom a number was used for is asked by the number that a study was looked for with, too.
CREATE INDEX registration_by_accession ON registration (accession_number) WHERE accession_number <> '';

-- Another kind of destination under the old name: what is queued there waits for what the new kind wants.
CREATE TRIGGER destination_registers AFTER UPDATE OF registers ON destination WHEN NEW.registers <> OLD.registers BEGIN
    UPDATE job SET is_registered = NOT NEW.registers, verb = 'postpone', actor = 'bridge'
    WHERE destination_id = NEW.id AND state = 'queued' AND is_registered = NEW.registers;
END;

-- Whose registrations those of a destination are: another organization under the old name has none of them.
ALTER TABLE destination ADD COLUMN identity TEXT NOT NULL DEFAULT '';
CREATE TRIGGER destination_identity AFTER UPDATE OF identity ON destination
WHEN OLD.identity <> '' AND NEW.identity <> OLD.identity BEGIN
    UPDATE registration SET stage = 'ordered', service_request_id = '', patient_reference = '', encounter_reference = '',
        imaging_study_id = '', instance_count = 0, objection = '', objection_reason = ''
    WHERE destination_id = NEW.id;
    UPDATE job SET is_registered = 0, verb = 'postpone', actor = 'bridge'
    WHERE destination_id = NEW.id AND NEW.registers AND state = 'queued' AND is_registered;
END;
