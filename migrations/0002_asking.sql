-- Asking destinations for what they have, blobs made for one destination, and scanners that ask us to commit.

-- The blob to send was made: transcoded or edited, before the job is claimed.
INSERT INTO job_transition VALUES ('prepare', 'queued', 'queued', 0);

-- When to ask the destination about a delivery that only its response proves; nothing where it isn't to be asked.
ALTER TABLE job ADD COLUMN confirm_due_at_ms INTEGER
    CHECK (confirm_due_at_ms IS NULL OR state = 'delivered');
CREATE INDEX job_to_confirm ON job (destination_id, confirm_due_at_ms) WHERE confirm_due_at_ms IS NOT NULL;

-- Whether deliveries to it are asked about, as the configuration says; and whether it ever answered the question. What
-- once answered is asked for ever: it may be silent today.
ALTER TABLE destination ADD COLUMN confirms INTEGER NOT NULL DEFAULT 0 CHECK (confirms IN (0, 1));
ALTER TABLE destination ADD COLUMN answers_query INTEGER NOT NULL DEFAULT 0 CHECK (answers_query IN (0, 1));
ALTER TABLE destination ADD COLUMN answers_commitment INTEGER NOT NULL DEFAULT 0 CHECK (answers_commitment IN (0, 1));

-- A scanner's request for storage commitment (PS3.4 J.3), kept until it is reported on.
CREATE TABLE pledge (
    id INTEGER PRIMARY KEY,
    transaction_uid TEXT NOT NULL CHECK (length(transaction_uid) BETWEEN 1 AND 64),
    calling_ae_title TEXT NOT NULL,
    called_ae_title TEXT NOT NULL,
    address TEXT NOT NULL,
    sender TEXT NOT NULL,
    wants_delivery INTEGER NOT NULL CHECK (wants_delivery IN (0, 1)), -- answered when every copy is delivered
    asked_at_ms INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, -- reports that were not acknowledged
    reported_at_ms INTEGER,
    UNIQUE (calling_ae_title, transaction_uid)
) STRICT;
CREATE INDEX pledge_open ON pledge (due_at_ms) WHERE reported_at_ms IS NULL;
CREATE TABLE pledge_item (
    pledge_id INTEGER NOT NULL REFERENCES pledge,
    sop_instance_uid TEXT NOT NULL,
    sop_class_uid TEXT NOT NULL,
    PRIMARY KEY (pledge_id, sop_instance_uid)
) STRICT, WITHOUT ROWID;
