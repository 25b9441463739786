-- Destinations that want a study registered before its instances come: an order for it, and a list of them.

ALTER TABLE destination ADD COLUMN registers INTEGER NOT NULL DEFAULT 0 CHECK (registers IN (0, 1));
-- What the destination has of the study lists this instance. Where studies are not registered, every job counts so.
ALTER TABLE job ADD COLUMN is_registered INTEGER NOT NULL DEFAULT 1 CHECK (is_registered IN (0, 1));
CREATE INDEX job_unregistered ON job (destination_id, due_at_ms) WHERE state = 'queued' AND is_registered = 0;

-- One study at one destination, as far as it has come there. Written before each step that cannot be taken back, and
-- after it.
CREATE TABLE registration (
    destination_id INTEGER NOT NULL REFERENCES destination,
    study_instance_uid TEXT NOT NULL CHECK (study_instance_uid <> ''),
    stage TEXT NOT NULL CHECK (stage IN ('no_accession', 'order_not_found', 'objected', 'ordered', 'creating',
        'replacing', 'registered')),
    accession_number TEXT NOT NULL DEFAULT '', -- that the order was looked for with
    service_request_id TEXT NOT NULL DEFAULT '',
    patient_reference TEXT NOT NULL DEFAULT '',
    encounter_reference TEXT NOT NULL DEFAULT '',
    imaging_study_id TEXT NOT NULL DEFAULT '',
    instance_count INTEGER NOT NULL DEFAULT 0, -- listed there
    miss_count INTEGER NOT NULL DEFAULT 0,     -- looks for the order in a row that found none
    objection TEXT NOT NULL DEFAULT '',        -- what a person must decide; the same one always reads the same
    objection_reason TEXT NOT NULL DEFAULT '' REFERENCES reason,
    began_at_ms INTEGER NOT NULL,
    stage_at_ms INTEGER NOT NULL,
    PRIMARY KEY (destination_id, study_instance_uid),
    CHECK (stage <> 'registered' OR imaging_study_id <> ''),
    CHECK ((objection = '') = (objection_reason = '')),
    CHECK ((stage = 'objected') <= (objection <> ''))
) STRICT, WITHOUT ROWID;
CREATE INDEX registration_by_study ON registration (study_instance_uid);
CREATE TRIGGER registration_no_delete BEFORE DELETE ON registration BEGIN
    SELECT RAISE(ABORT, 'a registration is never deleted');
END;

-- Objections that a person overruled: they are not raised again.
CREATE TABLE overruling (
    destination_id INTEGER NOT NULL,
    study_instance_uid TEXT NOT NULL,
    objection TEXT NOT NULL CHECK (objection <> ''),
    actor TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (destination_id, study_instance_uid, objection),
    FOREIGN KEY (destination_id, study_instance_uid) REFERENCES registration
) STRICT, WITHOUT ROWID;
CREATE TRIGGER overruling_no_delete BEFORE DELETE ON overruling BEGIN
    SELECT RAISE(ABORT, 'what a person decided is never deleted');
END;

CREATE TRIGGER job_guard_registered BEFORE UPDATE OF state ON job
WHEN NEW.state = 'sending' AND NOT NEW.is_registered BEGIN
    SELECT RAISE(ABORT, 'what the destination does not know of is not sent there');
END;
-- A person who releases what was objected to overrules the objection, for the whole study.
CREATE TRIGGER job_objection_overruled AFTER UPDATE OF state ON job
WHEN OLD.state = 'held' AND NEW.state = 'queued' AND NEW.verb = 'release' AND NEW.actor <> 'bridge'
    AND NOT NEW.is_registered BEGIN
    INSERT OR IGNORE INTO overruling
    SELECT destination_id, study_instance_uid, objection, NEW.actor, NEW.changed_at_ms FROM registration
    WHERE destination_id = NEW.destination_id AND objection <> '' AND objection_reason = OLD.reason
        AND study_instance_uid = (SELECT study_instance_uid FROM instance WHERE id = NEW.instance_id);
    UPDATE registration SET objection = '', objection_reason = '', stage_at_ms = NEW.changed_at_ms,
        stage = iif(service_request_id = '', 'order_not_found', 'ordered')
    WHERE destination_id = NEW.destination_id AND objection <> '' AND objection_reason = OLD.reason
        AND study_instance_uid = (SELECT study_instance_uid FROM instance WHERE id = NEW.instance_id);
END;
