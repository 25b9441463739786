-- Lists that people look at: what is owed and doesn't wait by design, by age; and studies by how far they are
-- registered, those that nobody has looked at yet included.

-- By number, as every list of jobs is, and with all that is asked of a job to count ages, so that none is read.
CREATE INDEX job_undelivered ON job (destination_id, id, created_at_ms, state, is_waiting)
    WHERE state IN ('queued', 'sending', 'uncertain', 'held') AND is_waiting = 0;

CREATE INDEX registration_by_age ON registration (stage_at_ms);
CREATE INDEX registration_by_stage ON registration (stage, stage_at_ms);
-- Counted without reading a row.
CREATE INDEX registration_counted ON registration (destination_id, stage, objection_reason, stage_at_ms);
CREATE INDEX registration_by_objection ON registration (objection_reason, stage_at_ms) WHERE objection_reason <> '';
CREATE INDEX assignment_by_accession ON assignment (accession_number);

-- Studies that a destination is to be told of, owed there, and without a registration so far. Kept by triggers: to find
-- them among all jobs would take as long as there are jobs.
CREATE TABLE unregistered (
    destination_id INTEGER NOT NULL REFERENCES destination,
    study_instance_uid TEXT NOT NULL CHECK (study_instance_uid <> ''),
    since_ms INTEGER NOT NULL, -- when the first of its jobs there was made
    PRIMARY KEY (destination_id, study_instance_uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX unregistered_by_age ON unregistered (since_ms);

CREATE VIEW unregistered_entry AS SELECT destination_id, 0 AS instance_id, since_ms FROM unregistered;
CREATE TRIGGER unregistered_made INSTEAD OF INSERT ON unregistered_entry BEGIN
    INSERT OR IGNORE INTO unregistered (destination_id, study_instance_uid, since_ms)
    SELECT NEW.destination_id, study_instance_uid, NEW.since_ms FROM instance
    WHERE id = NEW.instance_id AND study_instance_uid <> ''
        AND NOT EXISTS (SELECT 1 FROM registration
                        WHERE destination_id = NEW.destination_id
                            AND study_instance_uid = instance.study_instance_uid);
END;

CREATE TRIGGER job_unregistered_made AFTER INSERT ON job WHEN NOT NEW.is_registered BEGIN
    INSERT INTO unregistered_entry VALUES (NEW.destination_id, NEW.instance_id, NEW.created_at_ms);
END;
-- Another kind of destination under the old name; or a job that was given up and is sent again.
CREATE TRIGGER job_unregistered_again AFTER UPDATE OF is_registered, state ON job
WHEN NOT NEW.is_registered AND NEW.state NOT IN ('delivered', 'cancelled')
    AND (OLD.is_registered OR OLD.state IN ('delivered', 'cancelled')) BEGIN
    INSERT INTO unregistered_entry VALUES (NEW.destination_id, NEW.instance_id, NEW.created_at_ms);
END;
-- The last that was owed was given up, or somebody said that it is there.
CREATE TRIGGER job_unregistered_ended AFTER UPDATE OF is_registered, state ON job
WHEN (NEW.is_registered OR NEW.state IN ('delivered', 'cancelled'))
    AND NOT (OLD.is_registered OR OLD.state IN ('delivered', 'cancelled')) BEGIN
    DELETE FROM unregistered
    WHERE destination_id = NEW.destination_id
        AND study_instance_uid = (SELECT study_instance_uid FROM instance WHERE id = NEW.instance_id)
        -- From the end: jobs are given up from the beginning, and a study may have thousands.
        AND (SELECT 1
             FROM instance AS other INDEXED BY instance_by_series
                 CROSS JOIN job ON job.instance_id = other.id AND job.destination_id = NEW.destination_id
             WHERE other.study_instance_uid = unregistered.study_instance_uid
                 AND NOT job.is_registered AND job.state NOT IN ('delivered', 'cancelled')
             ORDER BY other.series_instance_uid DESC, other.id DESC LIMIT 1) IS NULL;
END;
CREATE TRIGGER registration_begun AFTER INSERT ON registration BEGIN
    DELETE FROM unregistered
    WHERE destination_id = NEW.destination_id AND study_instance_uid = NEW.study_instance_uid;
END;

INSERT OR IGNORE INTO unregistered (destination_id, study_instance_uid, since_ms)
SELECT job.destination_id, instance.study_instance_uid, job.created_at_ms
FROM job CROSS JOIN instance ON instance.id = job.instance_id
WHERE NOT job.is_registered AND job.state NOT IN ('delivered', 'cancelled') AND instance.study_instance_uid <> ''
    AND NOT EXISTS (SELECT 1 FROM registration
                    WHERE destination_id = job.destination_id AND study_instance_uid = instance.study_instance_uid)
ORDER BY job.id;
