-- Webhooks: what the hospital system is told of each study at a destination, until it has taken it.

ALTER TABLE destination ADD COLUMN notifies INTEGER NOT NULL DEFAULT 0 CHECK (notifies IN (0, 1));

-- One call, made in the transaction of what it tells about. Its words are made of the reason when it is sent.
CREATE TABLE notice (
    id INTEGER PRIMARY KEY,
    destination_id INTEGER NOT NULL REFERENCES destination,
    study_instance_uid TEXT NOT NULL CHECK (study_instance_uid <> ''),
    stage TEXT NOT NULL CHECK (stage IN ('dicom_sent', 'dicom_send_failed', 'metadata_lookup_failed',
        'imagingstudy_create_failed')),
    reason TEXT NOT NULL REFERENCES reason,
    note TEXT NOT NULL, -- the machine's, without patient data
    accession_number TEXT NOT NULL,   -- these three as far as they were known
    service_request_id TEXT NOT NULL,
    imaging_study_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL UNIQUE CHECK (length(idempotency_key) = 32),
    created_at_ms INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    attempt_count INTEGER NOT NULL DEFAULT 0, -- tries that were not taken
    last_tried_at_ms INTEGER,
    last_status INTEGER, -- HTTP, of the last try that was answered
    last_error TEXT NOT NULL DEFAULT '',
    told_at_ms INTEGER,
    CHECK ((stage = 'dicom_sent') = (reason = ''))
) STRICT;
CREATE INDEX notice_by_study ON notice (destination_id, study_instance_uid, id);
CREATE INDEX notice_open ON notice (destination_id, due_at_ms) WHERE told_at_ms IS NULL;
CREATE INDEX notice_told ON notice (destination_id, told_at_ms) WHERE told_at_ms IS NOT NULL;
CREATE TRIGGER notice_guard BEFORE UPDATE OF id, destination_id, study_instance_uid, stage, reason, note,
    accession_number, service_request_id, imaging_study_id, idempotency_key, created_at_ms ON notice BEGIN
    SELECT RAISE(ABORT, 'what a notice tells stays as it was');
END;
CREATE TRIGGER notice_guard_told BEFORE UPDATE ON notice WHEN OLD.told_at_ms IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a notice that was taken does not change');
END;
CREATE TRIGGER notice_no_delete BEFORE DELETE ON notice BEGIN
    SELECT RAISE(ABORT, 'a notice is never deleted');
END;

-- The only way in. A failure that is the last thing that was told of the study anyhow is no news; with another
-- accession number it is.
CREATE VIEW notice_entry AS
    SELECT destination_id, study_instance_uid, stage, reason, note, created_at_ms FROM notice;
CREATE TRIGGER notice_made INSTEAD OF INSERT ON notice_entry
WHEN (SELECT notifies FROM destination WHERE id = NEW.destination_id) BEGIN
    INSERT INTO notice (destination_id, study_instance_uid, stage, reason, note, accession_number, service_request_id,
        imaging_study_id, idempotency_key, created_at_ms, due_at_ms)
    SELECT NEW.destination_id, NEW.study_instance_uid, NEW.stage, NEW.reason, NEW.note,
        coalesce(assignment.accession_number, nullif(registration.accession_number, ''), study.accession_number,
            ''),
        coalesce(registration.service_request_id, ''), coalesce(registration.imaging_study_id, ''),
        lower(hex(randomblob(16))), NEW.created_at_ms, NEW.created_at_ms
    FROM (SELECT 1)
        LEFT JOIN study ON study.study_instance_uid = NEW.study_instance_uid
        LEFT JOIN registration ON registration.destination_id = NEW.destination_id
            AND registration.study_instance_uid = NEW.study_instance_uid
        LEFT JOIN assignment ON assignment.destination_id = NEW.destination_id
            AND assignment.study_instance_uid = NEW.study_instance_uid
    WHERE NEW.stage = 'dicom_sent'
        OR (NEW.stage, NEW.reason, NEW.note,
            coalesce(assignment.accession_number, nullif(registration.accession_number, ''),
                study.accession_number, '')) IS NOT
           (SELECT stage, reason, note, accession_number FROM notice
            WHERE destination_id = NEW.destination_id AND study_instance_uid = NEW.study_instance_uid
            ORDER BY id DESC LIMIT 1);
END;

-- Nothing of the study is owed any more. What is given up last counts, too, where the rest has arrived and this was not
-- told. The walk goes backwards, since the last to be sent are the last of the study.
CREATE TRIGGER job_notice_sent AFTER UPDATE OF state ON job
WHEN NEW.state IN ('delivered', 'cancelled') AND OLD.state NOT IN ('delivered', 'cancelled')
    AND (SELECT notifies FROM destination WHERE id = NEW.destination_id) BEGIN
    INSERT INTO notice_entry
    SELECT NEW.destination_id, this.study_instance_uid, 'dicom_sent', '', '', NEW.changed_at_ms
    FROM instance AS this
    WHERE this.id = NEW.instance_id AND this.study_instance_uid IS NOT NULL
        AND (SELECT 1
             FROM instance AS other INDEXED BY instance_by_series
                 CROSS JOIN job ON job.instance_id = other.id AND job.destination_id = NEW.destination_id
             WHERE other.study_instance_uid = this.study_instance_uid AND job.state NOT IN ('delivered', 'cancelled')
             ORDER BY other.series_instance_uid DESC, other.id DESC LIMIT 1) IS NULL
        AND (NEW.state = 'delivered'
             OR ('dicom_sent' IS NOT (SELECT stage FROM notice
                                      WHERE destination_id = NEW.destination_id
                                          AND study_instance_uid = this.study_instance_uid
                                      ORDER BY id DESC LIMIT 1)
                 AND EXISTS (SELECT 1
                             FROM instance AS other INDEXED BY instance_by_series
                                 CROSS JOIN job ON job.instance_id = other.id
                                     AND job.destination_id = NEW.destination_id
                             WHERE other.study_instance_uid = this.study_instance_uid AND job.state = 'delivered')));
END;

-- What was registered and is held, whoever holds it; and what the machine holds before that: the study, or an instance
-- that will never be listed. That a person lets each study go is no failure. A person's words stay here.
CREATE TRIGGER job_notice_held AFTER UPDATE OF state ON job
WHEN NEW.state = 'held' AND OLD.state <> 'held' AND NEW.reason <> 'awaiting_release'
    AND (NEW.is_registered OR NEW.actor = 'bridge')
    AND (SELECT notifies FROM destination WHERE id = NEW.destination_id) BEGIN
    INSERT INTO notice_entry
    SELECT NEW.destination_id, study_instance_uid,
        iif(NEW.is_registered OR NEW.reason IN ('damaged', 'edit_failed', 'transcode_failed'), 'dicom_send_failed',
            'imagingstudy_create_failed'),
        NEW.reason, iif(NEW.actor = 'bridge', NEW.note, ''), NEW.changed_at_ms
    FROM instance WHERE id = NEW.instance_id AND study_instance_uid IS NOT NULL;
END;

-- A look that found no order; the next one that finds none for the same reason is no news. An objection that is
-- overruled leads to the same stage without a look: miss_count is 0 then.
CREATE TRIGGER registration_notice_insert AFTER INSERT ON registration
WHEN NEW.stage IN ('no_accession', 'order_not_found') BEGIN
    INSERT INTO notice_entry
    VALUES (NEW.destination_id, NEW.study_instance_uid, 'metadata_lookup_failed', NEW.stage, '', NEW.stage_at_ms);
END;
CREATE TRIGGER registration_notice_update AFTER UPDATE OF stage, miss_count ON registration
WHEN NEW.stage IN ('no_accession', 'order_not_found') AND NEW.miss_count > 0
    AND (NEW.stage <> OLD.stage OR OLD.miss_count = 0) BEGIN
    INSERT INTO notice_entry
    VALUES (NEW.destination_id, NEW.study_instance_uid, 'metadata_lookup_failed', NEW.stage, '', NEW.stage_at_ms);
END;
