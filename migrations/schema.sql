-- What the migrations make. Written by: cmake --build build --target schema
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
CREATE TABLE assignment (
    destination_id INTEGER NOT NULL REFERENCES destination,
    study_instance_uid TEXT NOT NULL CHECK (study_instance_uid <> ''),
    accession_number TEXT NOT NULL CHECK (accession_number <> ''),
    edit_id INTEGER NOT NULL REFERENCES edit, -- what puts it into an instance
    actor TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (destination_id, study_instance_uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE association (
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL REFERENCES generation,
    serial INTEGER NOT NULL,
    calling_ae_title TEXT NOT NULL,
    called_ae_title TEXT NOT NULL,
    address TEXT NOT NULL,
    sender TEXT NOT NULL,
    tls_subject TEXT NOT NULL,
    opened_at_ms INTEGER NOT NULL,
    UNIQUE (generation, serial)
) STRICT;
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES job,
    round INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('send', 'probe')),
    generation INTEGER NOT NULL REFERENCES generation,
    opened_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER,
    outcome TEXT CHECK (outcome IN ('delivered', 'transient', 'needs_a_person', 'unknown', 'absent', 'confirmed')),
    status INTEGER,
    text TEXT NOT NULL DEFAULT '',
    bytes INTEGER NOT NULL DEFAULT 0,
    evidence TEXT CHECK (evidence IN ('response', 'query', 'readback', 'commitment', 'operator')),
    CHECK ((closed_at_ms IS NULL) = (outcome IS NULL)),
    CHECK (outcome IS NULL OR outcome NOT IN ('absent', 'confirmed') OR kind = 'probe'),
    CHECK ((evidence IS NOT NULL) = (outcome IS NOT NULL AND outcome IN ('delivered', 'confirmed')))
) STRICT;
CREATE TABLE commitment (
    transaction_uid TEXT NOT NULL,
    job_id INTEGER NOT NULL REFERENCES job,
    attempt_id INTEGER NOT NULL REFERENCES attempt,
    asked_at_ms INTEGER NOT NULL,
    answered_at_ms INTEGER,
    result TEXT CHECK (result IN ('committed', 'failed')),
    failure_reason INTEGER, -- (0008,1197)
    PRIMARY KEY (transaction_uid, job_id),
    CHECK ((answered_at_ms IS NULL) = (result IS NULL)),
    CHECK (failure_reason IS NULL OR result = 'failed')
) STRICT, WITHOUT ROWID;
CREATE TABLE counter (
    destination_id INTEGER NOT NULL REFERENCES destination,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    is_warning INTEGER NOT NULL,
    jobs INTEGER NOT NULL CHECK (jobs >= 0),
    PRIMARY KEY (destination_id, state, reason, is_warning)
) STRICT, WITHOUT ROWID;
CREATE TABLE derived_blob (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    instance_id INTEGER NOT NULL REFERENCES instance,
    recipe TEXT NOT NULL, -- what was done to the original
    bytes INTEGER NOT NULL CHECK (bytes > 0),
    transfer_syntax_uid TEXT NOT NULL,
    made_at_ms INTEGER NOT NULL,
    blob_state TEXT NOT NULL DEFAULT 'kept' CHECK (blob_state IN ('kept', 'damaged', 'purging', 'purged')),
    blob_changed_at_ms INTEGER NOT NULL
, is_transcoded INTEGER NOT NULL DEFAULT 1 CHECK (is_transcoded IN (0, 1))) STRICT, WITHOUT ROWID;
CREATE TABLE destination (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE, -- for ever: jobs and history refer to it
    kind TEXT NOT NULL,
    is_configured INTEGER NOT NULL CHECK (is_configured IN (0, 1)),
    first_configured_at_ms INTEGER NOT NULL,
    paused_at_ms INTEGER,
    paused_until_ms INTEGER,
    paused_by TEXT NOT NULL DEFAULT '',
    paused_reason TEXT NOT NULL DEFAULT '',
    held_at_ms INTEGER, -- the lane itself needs a person; its jobs stay queued
    held_reason TEXT NOT NULL DEFAULT '' REFERENCES reason,
    failing_since_ms INTEGER,
    failure_count INTEGER NOT NULL DEFAULT 0,
    next_try_at_ms INTEGER,
    last_error TEXT NOT NULL DEFAULT '',
    last_error_at_ms INTEGER,
    last_delivered_at_ms INTEGER, confirms INTEGER NOT NULL DEFAULT 0 CHECK (confirms IN (0, 1)), answers_query INTEGER NOT NULL DEFAULT 0 CHECK (answers_query IN (0, 1)), answers_commitment INTEGER NOT NULL DEFAULT 0 CHECK (answers_commitment IN (0, 1)), failover_id INTEGER REFERENCES destination, failover_since_ms INTEGER
    CHECK ((failover_since_ms IS NULL) = (failover_id IS NULL)), registers INTEGER NOT NULL DEFAULT 0 CHECK (registers IN (0, 1)), identity TEXT NOT NULL DEFAULT '', notifies INTEGER NOT NULL DEFAULT 0 CHECK (notifies IN (0, 1)),
    CHECK (paused_at_ms IS NOT NULL OR (paused_until_ms IS NULL AND paused_by = '' AND paused_reason = '')),
    CHECK ((held_at_ms IS NULL) = (held_reason = ''))
) STRICT;
CREATE TABLE edit (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE CHECK (text <> '')
) STRICT;
CREATE TABLE generation (
    id INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    began_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER
) STRICT;
CREATE TABLE history (
    sequence INTEGER PRIMARY KEY,
    node TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    actor TEXT NOT NULL,
    instance_id INTEGER,
    job_id INTEGER,
    destination TEXT NOT NULL,
    sop_instance_uid TEXT NOT NULL,
    digest TEXT NOT NULL, -- 64 hex digits, or ''
    detail TEXT NOT NULL CHECK (detail GLOB '{*}'), -- a JSON object
    previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TABLE instance (
    id INTEGER PRIMARY KEY,
    sop_instance_uid TEXT NOT NULL CHECK (length(sop_instance_uid) BETWEEN 1 AND 64),
    version INTEGER NOT NULL CHECK (version >= 1),
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    bytes INTEGER NOT NULL CHECK (bytes > 0),
    sop_class_uid TEXT NOT NULL CHECK (length(sop_class_uid) BETWEEN 1 AND 64),
    transfer_syntax_uid TEXT NOT NULL CHECK (length(transfer_syntax_uid) BETWEEN 1 AND 64),
    study_instance_uid TEXT, -- NULL: an object without a patient (PS3.3 A.1.2.5, Non-Patient Objects)
    series_instance_uid TEXT,
    patient_name TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    patient_birth_date TEXT NOT NULL,
    accession_number TEXT NOT NULL,
    modality TEXT NOT NULL,
    study_date TEXT NOT NULL,
    study_description TEXT NOT NULL,
    series_number TEXT NOT NULL,
    series_description TEXT NOT NULL,
    instance_number TEXT NOT NULL,
    uids_differ INTEGER NOT NULL CHECK (uids_differ IN (0, 1)),
    uid_malformed INTEGER NOT NULL CHECK (uid_malformed IN (0, 1)),
    calling_ae_title TEXT NOT NULL, -- of the first receipt
    sender TEXT NOT NULL,           -- the configured name of it, or ''
    received_at_ms INTEGER NOT NULL,
    blob_state TEXT NOT NULL DEFAULT 'kept' CHECK (blob_state IN ('kept', 'damaged', 'purging', 'purged')),
    blob_changed_at_ms INTEGER NOT NULL,
    verified_at_ms INTEGER,
    -- The next three are kept by the job's triggers.
    job_count INTEGER NOT NULL DEFAULT 0,
    unfinished_count INTEGER NOT NULL DEFAULT 0,
    finished_at_ms INTEGER, -- when the last job was delivered or cancelled
    UNIQUE (sop_instance_uid, version),
    CHECK (unfinished_count BETWEEN 0 AND job_count),
    CHECK ((finished_at_ms IS NOT NULL) = (job_count > 0 AND unfinished_count = 0)),
    -- Nothing undelivered is ever evicted: the database says so, too.
    CHECK (blob_state NOT IN ('purging', 'purged') OR (job_count > 0 AND unfinished_count = 0))
) STRICT;
CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    instance_id INTEGER NOT NULL REFERENCES instance,
    destination_id INTEGER NOT NULL REFERENCES destination,
    digest BLOB NOT NULL CHECK (length(digest) = 32), -- of the blob to send: the instance's, or one derived from it
    receipt_id INTEGER REFERENCES receipt, -- that brought it; NULL where somebody added it later
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'uncertain', 'delivered', 'held', 'cancelled')),
    reason TEXT NOT NULL DEFAULT '' REFERENCES reason,
    is_waiting INTEGER NOT NULL DEFAULT 0 CHECK (is_waiting IN (0, 1)), -- as its reason says
    priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 2),         -- 0 is the most urgent
    due_at_ms INTEGER NOT NULL,
    round INTEGER NOT NULL DEFAULT 1 CHECK (round >= 1),
    attempt_count INTEGER NOT NULL DEFAULT 0 CHECK (attempt_count >= 0), -- sends of this round
    recall_count INTEGER NOT NULL DEFAULT 0 CHECK (recall_count >= 0),
    attempt_id INTEGER REFERENCES attempt, -- the latest send of this round
    generation INTEGER REFERENCES generation, -- that is sending
    status INTEGER, -- the peer's last
    is_warning INTEGER NOT NULL DEFAULT 0 CHECK (is_warning IN (0, 1)),
    evidence TEXT CHECK (evidence IN ('response', 'query', 'readback', 'commitment', 'operator')),
    evidence_at_ms INTEGER,
    created_at_ms INTEGER NOT NULL,
    owed_since_ms INTEGER NOT NULL, -- of this round
    changed_at_ms INTEGER NOT NULL,
    verb TEXT NOT NULL, -- the last change, who made it and their words
    actor TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '', confirm_due_at_ms INTEGER
    CHECK (confirm_due_at_ms IS NULL OR state = 'delivered'), edit_id INTEGER REFERENCES edit, is_edited INTEGER NOT NULL DEFAULT 0
    CHECK (is_edited IN (0, 1) AND (is_edited = 0 OR edit_id IS NOT NULL)), stands_in_for INTEGER REFERENCES destination, is_registered INTEGER NOT NULL DEFAULT 1 CHECK (is_registered IN (0, 1)), is_assigned INTEGER NOT NULL DEFAULT 0
    CHECK (is_assigned IN (0, 1) AND (is_assigned = 0 OR edit_id IS NOT NULL)), route_edit_id INTEGER REFERENCES edit CHECK (route_edit_id IS NULL OR is_assigned),
    UNIQUE (instance_id, destination_id),
    CHECK ((state = 'delivered') = (evidence IS NOT NULL)),
    CHECK ((evidence IS NULL) = (evidence_at_ms IS NULL)),
    CHECK ((state = 'sending') = (generation IS NOT NULL)),
    CHECK (state NOT IN ('sending', 'uncertain') OR attempt_id IS NOT NULL),
    CHECK (state NOT IN ('held', 'cancelled', 'uncertain') OR reason <> ''),
    CHECK (state NOT IN ('sending', 'delivered') OR reason = ''),
    CHECK (is_waiting = 0 OR state = 'queued'),
    CHECK (is_warning = 0 OR state = 'delivered')
) STRICT;
CREATE TABLE job_transition (
    verb TEXT NOT NULL,
    from_state TEXT NOT NULL, -- '' where the row is new
    to_state TEXT NOT NULL,
    is_recorded INTEGER NOT NULL CHECK (is_recorded IN (0, 1)),
    PRIMARY KEY (verb, from_state, to_state)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE node (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    name TEXT NOT NULL
) STRICT;
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
CREATE TABLE overruling (
    destination_id INTEGER NOT NULL,
    study_instance_uid TEXT NOT NULL,
    objection TEXT NOT NULL CHECK (objection <> ''),
    actor TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (destination_id, study_instance_uid, objection),
    FOREIGN KEY (destination_id, study_instance_uid) REFERENCES registration
) STRICT, WITHOUT ROWID;
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
CREATE TABLE pledge_item (
    pledge_id INTEGER NOT NULL REFERENCES pledge,
    sop_instance_uid TEXT NOT NULL,
    sop_class_uid TEXT NOT NULL,
    PRIMARY KEY (pledge_id, sop_instance_uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE reason (
    code TEXT PRIMARY KEY,
    is_waiting INTEGER NOT NULL CHECK (is_waiting IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE TABLE receipt (
    id INTEGER PRIMARY KEY,
    instance_id INTEGER NOT NULL REFERENCES instance,
    association_id INTEGER NOT NULL REFERENCES association,
    received_at_ms INTEGER NOT NULL,
    is_repeat INTEGER NOT NULL CHECK (is_repeat IN (0, 1)),
    was_restored INTEGER NOT NULL CHECK (was_restored IN (0, 1)),
    routes TEXT NOT NULL CHECK (routes GLOB '[[]*]'),            -- JSON: the names of those that matched
    destinations TEXT NOT NULL CHECK (destinations GLOB '[[]*]') -- JSON: the names of those with a job
) STRICT;
CREATE TABLE recipient (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
    label TEXT NOT NULL CHECK (label <> ''), -- for people: kind and host
    is_configured INTEGER NOT NULL DEFAULT 1 CHECK (is_configured IN (0, 1))
) STRICT;
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
CREATE TABLE sender (
    calling_ae_title TEXT NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    first_seen_at_ms INTEGER NOT NULL,
    last_received_at_ms INTEGER NOT NULL,
    receipts INTEGER NOT NULL, last_seen_at_ms INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, refused_reason TEXT NOT NULL DEFAULT '', day_count INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (calling_ae_title, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE space_sample (
    at_ms INTEGER PRIMARY KEY,
    free_bytes INTEGER NOT NULL,
    unrouted_bytes INTEGER NOT NULL, -- of kept blobs, by why they are kept
    unfinished_bytes INTEGER NOT NULL,
    retained_bytes INTEGER NOT NULL
) STRICT;
CREATE TABLE span (
    of TEXT NOT NULL CHECK (of IN ('instance', 'job', 'history')),
    last INTEGER NOT NULL, -- the highest of its numbers
    earliest_ms INTEGER NOT NULL,
    latest_ms INTEGER NOT NULL,
    PRIMARY KEY (of, last)
) STRICT, WITHOUT ROWID;
CREATE TABLE study (
    id INTEGER PRIMARY KEY,
    study_instance_uid TEXT NOT NULL UNIQUE,
    patient_name TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    patient_birth_date TEXT NOT NULL,
    accession_number TEXT NOT NULL,
    study_date TEXT NOT NULL,
    study_description TEXT NOT NULL,
    modalities TEXT NOT NULL, -- distinct, separated by backslashes as in DICOM
    instance_count INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    first_received_at_ms INTEGER NOT NULL,
    last_received_at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE tally (
    name TEXT PRIMARY KEY,
    n INTEGER NOT NULL CHECK (n >= 0)
) STRICT, WITHOUT ROWID;
CREATE TABLE token (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'auditor', 'admin', 'monitor')),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32), -- SHA-256: what is hashed is as long as that by chance
    user_id INTEGER REFERENCES user,                     -- whose it is, and ends with; NULL: made on this machine
    added_at_ms INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    removed_at_ms INTEGER,
    removed_by TEXT NOT NULL DEFAULT '',
    CHECK (expires_at_ms > added_at_ms),
    CHECK ((removed_at_ms IS NULL) = (removed_by = ''))
) STRICT;
CREATE TABLE unregistered (
    destination_id INTEGER NOT NULL REFERENCES destination,
    study_instance_uid TEXT NOT NULL CHECK (study_instance_uid <> ''),
    since_ms INTEGER NOT NULL, -- when the first of its jobs there was made
    PRIMARY KEY (destination_id, study_instance_uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE user (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'auditor', 'admin')),
    password TEXT NOT NULL, -- what scrypt made of it, with its salt; '' once the user is removed
    added_at_ms INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    password_at_ms INTEGER NOT NULL,
    password_by TEXT NOT NULL,
    removed_at_ms INTEGER,
    removed_by TEXT NOT NULL DEFAULT '',
    CHECK ((removed_at_ms IS NULL) = (password <> '')),
    CHECK ((removed_at_ms IS NULL) = (removed_by = ''))
) STRICT;
CREATE UNIQUE INDEX alarm_raised ON alarm (name, subject) WHERE cleared_at_ms IS NULL;
CREATE INDEX assignment_by_accession ON assignment (accession_number);
CREATE INDEX assignment_by_study ON assignment (study_instance_uid);
CREATE INDEX attempt_by_job ON attempt (job_id, id);
CREATE UNIQUE INDEX attempt_delivered_once ON attempt (job_id, round) WHERE outcome = 'delivered';
CREATE INDEX commitment_by_job ON commitment (job_id);
CREATE INDEX commitment_open ON commitment (asked_at_ms) WHERE answered_at_ms IS NULL;
CREATE INDEX derived_blob_by_instance ON derived_blob (instance_id);
CREATE INDEX derived_blob_purging ON derived_blob (digest) WHERE blob_state = 'purging';
CREATE INDEX history_by_actor ON history (actor, sequence) WHERE actor <> 'bridge';
CREATE INDEX history_by_event ON history (event, sequence) WHERE event NOT IN ('received', 'delivered');
CREATE INDEX history_by_instance ON history (instance_id) WHERE instance_id IS NOT NULL;
CREATE INDEX instance_by_accession ON instance (accession_number) WHERE accession_number <> '';
CREATE INDEX instance_by_patient ON instance (patient_id) WHERE patient_id <> '';
CREATE INDEX instance_by_series ON instance (study_instance_uid, series_instance_uid)
    WHERE study_instance_uid IS NOT NULL;
CREATE INDEX instance_by_series_uid ON instance (series_instance_uid) WHERE series_instance_uid IS NOT NULL;
CREATE INDEX instance_damaged ON instance (id) WHERE blob_state = 'damaged';
CREATE INDEX instance_purging ON instance (id) WHERE blob_state = 'purging';
CREATE INDEX instance_retained ON instance (finished_at_ms) WHERE finished_at_ms IS NOT NULL AND blob_state = 'kept';
CREATE INDEX instance_unfinished ON instance (id) WHERE unfinished_count > 0;
CREATE INDEX instance_unrouted ON instance (id) WHERE job_count = 0;
CREATE INDEX job_by_destination ON job (destination_id, id);
CREATE INDEX job_by_reason ON job (reason, id) WHERE reason <> '';
CREATE INDEX job_due ON job (destination_id, priority, due_at_ms, id) WHERE state = 'queued';
CREATE INDEX job_open ON job (destination_id, state, id) WHERE state IN ('queued', 'sending', 'uncertain', 'held');
CREATE INDEX job_open_by_state ON job (state, id) WHERE state IN ('queued', 'sending', 'uncertain', 'held', 'cancelled');
CREATE INDEX job_owed ON job (destination_id, owed_since_ms) WHERE state = 'queued' AND is_waiting = 0;
CREATE INDEX job_quiet ON job (destination_id, due_at_ms) WHERE state = 'queued' AND reason = 'quiet_period';
CREATE INDEX job_sending ON job (generation) WHERE state = 'sending';
CREATE INDEX job_standing_in ON job (stands_in_for, id) WHERE stands_in_for IS NOT NULL AND state = 'queued';
CREATE INDEX job_standing_in_held ON job (stands_in_for, id) WHERE stands_in_for IS NOT NULL AND state = 'held';
CREATE INDEX job_to_confirm ON job (destination_id, confirm_due_at_ms) WHERE confirm_due_at_ms IS NOT NULL;
CREATE INDEX job_uncertain ON job (destination_id, due_at_ms) WHERE state = 'uncertain';
CREATE INDEX job_undelivered ON job (destination_id, id, created_at_ms, state, is_waiting)
    WHERE state IN ('queued', 'sending', 'uncertain', 'held') AND is_waiting = 0;
CREATE INDEX job_unregistered ON job (destination_id, due_at_ms) WHERE state = 'queued' AND is_registered = 0;
CREATE UNIQUE INDEX message_by_alarm ON message (recipient_id, alarm_id, event) WHERE dropped_at_ms IS NULL;
CREATE INDEX message_open ON message (recipient_id, due_at_ms) WHERE told_at_ms IS NULL AND dropped_at_ms IS NULL;
CREATE INDEX notice_by_study ON notice (destination_id, study_instance_uid, id);
CREATE INDEX notice_open ON notice (destination_id, due_at_ms) WHERE told_at_ms IS NULL;
CREATE INDEX notice_told ON notice (destination_id, told_at_ms) WHERE told_at_ms IS NOT NULL;
CREATE INDEX pledge_open ON pledge (due_at_ms) WHERE reported_at_ms IS NULL;
CREATE INDEX receipt_by_instance ON receipt (instance_id);
CREATE INDEX registration_by_accession ON registration (accession_number) WHERE accession_number <> '';
CREATE INDEX registration_by_age ON registration (stage_at_ms);
CREATE INDEX registration_by_objection ON registration (objection_reason, stage_at_ms) WHERE objection_reason <> '';
CREATE INDEX registration_by_stage ON registration (stage, stage_at_ms);
CREATE INDEX registration_by_study ON registration (study_instance_uid);
CREATE INDEX registration_counted ON registration (destination_id, stage, objection_reason, stage_at_ms);
CREATE INDEX sender_seen ON sender (last_seen_at_ms);
CREATE INDEX sender_stranger ON sender (last_seen_at_ms) WHERE receipts = 0;
CREATE INDEX study_by_accession ON study (accession_number) WHERE accession_number <> '';
CREATE INDEX study_by_last_received ON study (last_received_at_ms);
CREATE INDEX study_by_patient ON study (patient_id) WHERE patient_id <> '';
CREATE UNIQUE INDEX token_by_name ON token (name) WHERE removed_at_ms IS NULL;
CREATE INDEX token_by_user ON token (user_id) WHERE user_id IS NOT NULL AND removed_at_ms IS NULL;
CREATE INDEX unregistered_by_age ON unregistered (since_ms);
CREATE UNIQUE INDEX user_by_name ON user (name) WHERE removed_at_ms IS NULL;
CREATE VIEW history_entry AS
    SELECT at_ms, event, actor, instance_id, job_id, destination, sop_instance_uid, digest, detail FROM history;
CREATE VIEW message_entry AS SELECT recipient_id, alarm_id, event, at_ms FROM message;
CREATE VIEW notice_entry AS
    SELECT destination_id, study_instance_uid, stage, reason, note, created_at_ms FROM notice;
CREATE VIEW unregistered_entry AS SELECT destination_id, 0 AS instance_id, since_ms FROM unregistered;
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
CREATE TRIGGER alarm_guard BEFORE UPDATE OF id, name, subject, raised_at_ms ON alarm BEGIN
    SELECT RAISE(ABORT, 'what an alarm is about stays as it was');
END;
CREATE TRIGGER alarm_guard_cleared BEFORE UPDATE ON alarm WHEN OLD.cleared_at_ms IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'an alarm that was cleared does not change');
END;
CREATE TRIGGER alarm_no_delete BEFORE DELETE ON alarm BEGIN
    SELECT RAISE(ABORT, 'an alarm is never deleted');
END;
CREATE TRIGGER alarm_raised_recorded AFTER INSERT ON alarm BEGIN
    INSERT INTO history_entry
    VALUES (NEW.raised_at_ms, 'alarm_raised', 'bridge', NULL, NULL,
        iif(NEW.name IN ('oldest_undelivered', 'held', 'breaker_open', 'forgotten_pause'), NEW.subject, ''), '', '',
        detail('alarm', NEW.id, 'name', NEW.name, 'subject', NEW.subject, 'count', NEW.n, 'text', NEW.text));
    INSERT INTO message_entry SELECT id, NEW.id, 'raised', NEW.raised_at_ms FROM recipient WHERE is_configured;
END;
CREATE TRIGGER assignment_no_delete BEFORE DELETE ON assignment BEGIN
    SELECT RAISE(ABORT, 'what a person assigned is never deleted');
END;
CREATE TRIGGER attempt_guard BEFORE UPDATE ON attempt WHEN OLD.closed_at_ms IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a closed attempt does not change');
END;
CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt BEGIN
    SELECT RAISE(ABORT, 'an attempt is never deleted');
END;
CREATE TRIGGER derived_blob_recorded AFTER UPDATE OF blob_state ON derived_blob
WHEN NEW.blob_state <> OLD.blob_state AND NEW.blob_state IN ('purged', 'damaged') BEGIN
    INSERT INTO history_entry
    SELECT NEW.blob_changed_at_ms, NEW.blob_state, 'bridge', instance.id, NULL, '', instance.sop_instance_uid,
        lower(hex(NEW.digest)), detail('bytes', NEW.bytes, 'recipe', NEW.recipe)
    FROM instance WHERE instance.id = NEW.instance_id;
END;
CREATE TRIGGER destination_guard BEFORE UPDATE OF id, name ON destination BEGIN
    SELECT RAISE(ABORT, 'a destination''s name is for ever');
END;
CREATE TRIGGER destination_identity AFTER UPDATE OF identity ON destination
WHEN OLD.identity <> '' AND NEW.identity <> OLD.identity BEGIN
    UPDATE registration SET stage = 'ordered', service_request_id = '', patient_reference = '', encounter_reference = '',
        imaging_study_id = '', instance_count = 0, objection = '', objection_reason = ''
    WHERE destination_id = NEW.id;
    UPDATE job SET is_registered = 0, verb = 'postpone', actor = 'bridge'
    WHERE destination_id = NEW.id AND NEW.registers AND state = 'queued' AND is_registered;
END;
CREATE TRIGGER destination_no_delete BEFORE DELETE ON destination BEGIN
    SELECT RAISE(ABORT, 'a destination is never deleted');
END;
CREATE TRIGGER destination_registers AFTER UPDATE OF registers ON destination WHEN NEW.registers <> OLD.registers BEGIN
    UPDATE job SET is_registered = NOT NEW.registers, verb = 'postpone', actor = 'bridge'
    WHERE destination_id = NEW.id AND state = 'queued' AND is_registered = NEW.registers;
END;
CREATE TRIGGER edit_no_delete BEFORE DELETE ON edit BEGIN
    SELECT RAISE(ABORT, 'what was promised to be edited stays as it was written');
END;
CREATE TRIGGER edit_no_update BEFORE UPDATE ON edit BEGIN
    SELECT RAISE(ABORT, 'what was promised to be edited stays as it was written');
END;
CREATE TRIGGER history_append INSTEAD OF INSERT ON history_entry BEGIN
    INSERT INTO history
    SELECT tip.sequence + 1, node.name, NEW.at_ms, NEW.event, NEW.actor, NEW.instance_id, NEW.job_id, NEW.destination,
        NEW.sop_instance_uid, NEW.digest, NEW.detail, tip.hash,
        chain_hash(tip.hash, tip.sequence + 1, node.name, NEW.at_ms, NEW.event, NEW.actor, NEW.instance_id, NEW.job_id,
            NEW.destination, NEW.sop_instance_uid, NEW.digest, NEW.detail)
    FROM node,
        -- The first row follows number 0 and 32 zero bytes.
        (SELECT sequence, hash FROM (SELECT sequence, hash FROM history ORDER BY sequence DESC LIMIT 1)
         UNION ALL SELECT 0, zeroblob(32) WHERE NOT EXISTS (SELECT 1 FROM history)) AS tip;
END;
CREATE TRIGGER history_no_delete BEFORE DELETE ON history BEGIN
    SELECT RAISE(ABORT, 'the history is append-only');
END;
CREATE TRIGGER history_no_update BEFORE UPDATE ON history BEGIN
    SELECT RAISE(ABORT, 'the history is append-only');
END;
CREATE TRIGGER history_refused AFTER INSERT ON history WHEN NEW.event = 'refused' BEGIN
    UPDATE tally SET n = n + CASE
        WHEN instr(NEW.detail, '"count":') = 0 THEN 1
        -- CAST takes the digits in front. Inside of a text the quotes would be escaped.
        ELSE max(1, CAST(substr(NEW.detail, instr(NEW.detail, '"count":') + length('"count":')) AS INTEGER)) END
    WHERE name = 'refused';
END;
CREATE TRIGGER history_spanned AFTER INSERT ON history WHEN NEW.sequence % 1024 = 0 BEGIN
    INSERT INTO span SELECT 'history', NEW.sequence, min(at_ms), max(at_ms)
    FROM history WHERE sequence > NEW.sequence - 1024 AND sequence <= NEW.sequence;
END;
CREATE TRIGGER instance_blob_recorded AFTER UPDATE OF blob_state ON instance
WHEN NEW.blob_state <> OLD.blob_state AND NEW.blob_state IN ('purged', 'damaged') BEGIN
    INSERT INTO history_entry VALUES (NEW.blob_changed_at_ms, NEW.blob_state, 'bridge', NEW.id, NULL, '',
        NEW.sop_instance_uid, lower(hex(NEW.digest)), detail('bytes', NEW.bytes));
END;
CREATE TRIGGER instance_guard_identity BEFORE UPDATE OF id, sop_instance_uid, version, digest, bytes ON instance BEGIN
    SELECT RAISE(ABORT, 'an instance stays what it is');
END;
CREATE TRIGGER instance_moved AFTER UPDATE OF job_count, unfinished_count, blob_state ON instance
WHEN NEW.blob_state <> OLD.blob_state OR (NEW.job_count > 0) <> (OLD.job_count > 0)
    OR (NEW.unfinished_count > 0) <> (OLD.unfinished_count > 0) BEGIN
    UPDATE tally SET n = n - OLD.bytes
    WHERE OLD.blob_state IN ('kept', 'damaged')
        AND name = CASE WHEN OLD.job_count = 0 THEN 'bytes_unrouted' WHEN OLD.unfinished_count > 0 THEN 'bytes_unfinished'
            ELSE 'bytes_retained' END;
    UPDATE tally SET n = n + NEW.bytes
    WHERE NEW.blob_state IN ('kept', 'damaged')
        AND name = CASE WHEN NEW.job_count = 0 THEN 'bytes_unrouted' WHEN NEW.unfinished_count > 0 THEN 'bytes_unfinished'
            ELSE 'bytes_retained' END;
    UPDATE tally SET n = n - 1 WHERE name = 'unrouted' AND OLD.job_count = 0 AND NEW.job_count > 0;
END;
CREATE TRIGGER instance_no_delete BEFORE DELETE ON instance BEGIN
    SELECT RAISE(ABORT, 'an instance is never deleted');
END;
CREATE TRIGGER instance_spanned AFTER INSERT ON instance WHEN NEW.id % 1024 = 0 BEGIN
    INSERT INTO span SELECT 'instance', NEW.id, min(received_at_ms), max(received_at_ms)
    FROM instance WHERE id > NEW.id - 1024 AND id <= NEW.id;
END;
CREATE TRIGGER instance_summed AFTER INSERT ON instance BEGIN
    UPDATE tally SET n = n + 1 WHERE name IN ('instances', 'unrouted');
    UPDATE tally SET n = n + NEW.bytes WHERE name = 'bytes_unrouted';
END;
CREATE TRIGGER instance_summed_study AFTER INSERT ON instance WHEN NEW.study_instance_uid IS NOT NULL BEGIN
    INSERT INTO study (study_instance_uid, patient_name, patient_id, patient_birth_date, accession_number, study_date,
        study_description, modalities, instance_count, bytes, first_received_at_ms, last_received_at_ms)
    VALUES (NEW.study_instance_uid, NEW.patient_name, NEW.patient_id, NEW.patient_birth_date, NEW.accession_number,
        NEW.study_date, NEW.study_description, NEW.modality, 1, NEW.bytes, NEW.received_at_ms, NEW.received_at_ms)
    ON CONFLICT (study_instance_uid) DO UPDATE SET
        instance_count = instance_count + (NEW.version = 1),
        bytes = bytes + NEW.bytes,
        last_received_at_ms = max(last_received_at_ms, NEW.received_at_ms),
        modalities = CASE
            WHEN NEW.modality = '' OR instr('\' || modalities || '\', '\' || NEW.modality || '\') > 0 THEN modalities
            WHEN modalities = '' THEN NEW.modality
            ELSE modalities || '\' || NEW.modality END;
END;
CREATE TRIGGER job_added AFTER INSERT ON job WHEN NEW.receipt_id IS NULL BEGIN
    INSERT INTO history_entry
    SELECT NEW.changed_at_ms, 'added', NEW.actor, NEW.instance_id, NEW.id,
        (SELECT name FROM destination WHERE id = NEW.destination_id), instance.sop_instance_uid, lower(hex(NEW.digest)),
        detail('to', NEW.state, 'reason', NEW.reason, 'note', NEW.note)
    FROM instance WHERE instance.id = NEW.instance_id;
END;
CREATE TRIGGER job_counted_insert AFTER INSERT ON job BEGIN
    INSERT INTO counter VALUES (NEW.destination_id, NEW.state, NEW.reason, NEW.is_warning, 1)
    ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    UPDATE instance SET job_count = job_count + 1, unfinished_count = unfinished_count + 1, finished_at_ms = NULL
    WHERE id = NEW.instance_id;
END;
CREATE TRIGGER job_counted_update AFTER UPDATE OF state, reason, is_warning ON job
WHEN NEW.state <> OLD.state OR NEW.reason <> OLD.reason OR NEW.is_warning <> OLD.is_warning BEGIN
    UPDATE counter SET jobs = jobs - 1
    WHERE destination_id = OLD.destination_id AND state = OLD.state AND reason = OLD.reason
        AND is_warning = OLD.is_warning;
    INSERT INTO counter VALUES (NEW.destination_id, NEW.state, NEW.reason, NEW.is_warning, 1)
    ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER job_delivered AFTER UPDATE OF state ON job WHEN NEW.state = 'delivered' AND OLD.state <> 'delivered' BEGIN
    UPDATE destination SET last_delivered_at_ms = max(coalesce(last_delivered_at_ms, 0), NEW.changed_at_ms)
    WHERE id = NEW.destination_id;
END;
CREATE TRIGGER job_edited AFTER UPDATE OF is_edited ON job WHEN NEW.is_edited AND NOT OLD.is_edited BEGIN
    INSERT INTO history_entry
    SELECT NEW.changed_at_ms, 'edited', 'bridge', NEW.instance_id, NEW.id,
        (SELECT name FROM destination WHERE id = NEW.destination_id), instance.sop_instance_uid, lower(hex(NEW.digest)),
        detail('original', lower(hex(instance.digest)), 'edits', (SELECT text FROM edit WHERE id = NEW.edit_id),
            'note', NEW.note)
    FROM instance WHERE instance.id = NEW.instance_id;
END;
CREATE TRIGGER job_finished AFTER UPDATE OF state ON job
WHEN NEW.state IN ('delivered', 'cancelled') AND OLD.state NOT IN ('delivered', 'cancelled') BEGIN
    UPDATE instance SET unfinished_count = unfinished_count - 1,
        finished_at_ms = iif(unfinished_count = 1, NEW.changed_at_ms, NULL)
    WHERE id = NEW.instance_id;
END;
CREATE TRIGGER job_guard_delivered BEFORE UPDATE OF state ON job
WHEN NEW.state = 'delivered' AND OLD.state <> 'delivered'
    AND NOT EXISTS (SELECT 1 FROM attempt
                    WHERE job_id = NEW.id AND round = NEW.round AND outcome = 'delivered') BEGIN
    SELECT RAISE(ABORT, 'a delivery needs an attempt that delivered');
END;
CREATE TRIGGER job_guard_edit BEFORE UPDATE OF edit_id, route_edit_id, is_assigned ON job
WHEN (NEW.edit_id IS NOT OLD.edit_id OR NEW.route_edit_id IS NOT OLD.route_edit_id OR NEW.is_assigned <> OLD.is_assigned)
    AND NOT (NEW.verb = 'assign' AND NEW.is_assigned AND NOT NEW.is_edited AND NOT OLD.is_registered
        AND NEW.route_edit_id IS CASE WHEN OLD.is_assigned THEN OLD.route_edit_id ELSE OLD.edit_id END) BEGIN
    SELECT RAISE(ABORT, 'what a job edits stays what it is');
END;
CREATE TRIGGER job_guard_edited BEFORE UPDATE OF state ON job
WHEN NEW.state = 'sending' AND NEW.edit_id IS NOT NULL AND NOT NEW.is_edited BEGIN
    SELECT RAISE(ABORT, 'what a route wants edited is not sent before it is');
END;
CREATE TRIGGER job_guard_fall_back BEFORE UPDATE OF digest ON job
WHEN NEW.is_edited AND OLD.is_edited AND NEW.digest <> OLD.digest
    AND NEW.digest = (SELECT digest FROM instance WHERE id = NEW.instance_id) BEGIN
    SELECT RAISE(ABORT, 'the instance''s own blob is not an edited one');
END;
CREATE TRIGGER job_guard_identity BEFORE UPDATE OF id, instance_id, destination_id, created_at_ms ON job
WHEN NEW.id <> OLD.id OR NEW.instance_id <> OLD.instance_id OR NEW.destination_id <> OLD.destination_id
    OR NEW.created_at_ms <> OLD.created_at_ms BEGIN
    SELECT RAISE(ABORT, 'a job stays what it is');
END;
CREATE TRIGGER job_guard_insert BEFORE INSERT ON job
WHEN NOT EXISTS (SELECT 1 FROM job_transition WHERE verb = NEW.verb AND from_state = '' AND to_state = NEW.state) BEGIN
    SELECT RAISE(ABORT, 'a job may not begin like this');
END;
CREATE TRIGGER job_guard_registered BEFORE UPDATE OF state ON job
WHEN NEW.state = 'sending' AND NOT NEW.is_registered BEGIN
    SELECT RAISE(ABORT, 'what the destination does not know of is not sent there');
END;
CREATE TRIGGER job_guard_round BEFORE UPDATE OF round ON job
WHEN NEW.round <> OLD.round AND NOT (NEW.round = OLD.round + 1 AND NEW.verb IN ('resend', 'recall')) BEGIN
    SELECT RAISE(ABORT, 'a new round begins only by resend or recall');
END;
CREATE TRIGGER job_guard_unedited BEFORE UPDATE OF digest, is_edited ON job
WHEN NEW.edit_id IS NOT NULL AND NOT NEW.is_edited
    AND NEW.digest <> (SELECT digest FROM instance WHERE id = NEW.instance_id) BEGIN
    SELECT RAISE(ABORT, 'what is edited is made of the instance''s own blob');
END;
CREATE TRIGGER job_guard_update BEFORE UPDATE ON job
WHEN NOT EXISTS (SELECT 1 FROM job_transition
                 WHERE verb = NEW.verb AND from_state = OLD.state AND to_state = NEW.state) BEGIN
    SELECT RAISE(ABORT, 'no verb leads from this state to that one');
END;
CREATE TRIGGER job_guard_waiting_insert BEFORE INSERT ON job
WHEN NEW.is_waiting <> (SELECT is_waiting FROM reason WHERE code = NEW.reason) BEGIN
    SELECT RAISE(ABORT, 'a job waits exactly when its reason does');
END;
CREATE TRIGGER job_guard_waiting_update BEFORE UPDATE OF reason, is_waiting ON job
WHEN NEW.is_waiting <> (SELECT is_waiting FROM reason WHERE code = NEW.reason) BEGIN
    SELECT RAISE(ABORT, 'a job waits exactly when its reason does');
END;
CREATE TRIGGER job_no_delete BEFORE DELETE ON job BEGIN
    SELECT RAISE(ABORT, 'a job is never deleted');
END;
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
CREATE TRIGGER job_probe_overtaken AFTER UPDATE OF state ON job
WHEN NEW.state <> OLD.state AND OLD.state IN ('uncertain', 'delivered') BEGIN
    UPDATE attempt SET closed_at_ms = NEW.changed_at_ms, outcome = 'unknown', text = 'overtaken by ' || NEW.verb
    WHERE job_id = NEW.id AND kind = 'probe' AND closed_at_ms IS NULL;
END;
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
CREATE TRIGGER job_spanned AFTER INSERT ON job WHEN NEW.id % 1024 = 0 BEGIN
    INSERT INTO span SELECT 'job', NEW.id, min(created_at_ms), max(created_at_ms)
    FROM job WHERE id > NEW.id - 1024 AND id <= NEW.id;
END;
CREATE TRIGGER job_unfinished AFTER UPDATE OF state ON job
WHEN NEW.state NOT IN ('delivered', 'cancelled') AND OLD.state IN ('delivered', 'cancelled') BEGIN
    UPDATE instance SET unfinished_count = unfinished_count + 1, finished_at_ms = NULL WHERE id = NEW.instance_id;
END;
CREATE TRIGGER job_unregistered_again AFTER UPDATE OF is_registered, state ON job
WHEN NOT NEW.is_registered AND NEW.state NOT IN ('delivered', 'cancelled')
    AND (OLD.is_registered OR OLD.state IN ('delivered', 'cancelled')) BEGIN
    INSERT INTO unregistered_entry VALUES (NEW.destination_id, NEW.instance_id, NEW.created_at_ms);
END;
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
CREATE TRIGGER job_unregistered_made AFTER INSERT ON job WHEN NOT NEW.is_registered BEGIN
    INSERT INTO unregistered_entry VALUES (NEW.destination_id, NEW.instance_id, NEW.created_at_ms);
END;
CREATE TRIGGER message_guard BEFORE UPDATE OF id, recipient_id, alarm_id, event, since_ms, n, text, hint,
    idempotency_key, at_ms ON message BEGIN
    SELECT RAISE(ABORT, 'what a message says stays as it was');
END;
CREATE TRIGGER message_guard_ended BEFORE UPDATE ON message
WHEN OLD.told_at_ms IS NOT NULL OR OLD.dropped_at_ms IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a message that was told or dropped does not change');
END;
CREATE TRIGGER message_made INSTEAD OF INSERT ON message_entry BEGIN
    INSERT INTO message (recipient_id, alarm_id, event, since_ms, n, text, hint, idempotency_key, at_ms, due_at_ms)
    SELECT NEW.recipient_id, id, NEW.event, since_ms, n, text, hint, lower(hex(randomblob(16))), NEW.at_ms, NEW.at_ms
    FROM alarm WHERE id = NEW.alarm_id;
END;
CREATE TRIGGER message_no_delete BEFORE DELETE ON message BEGIN
    SELECT RAISE(ABORT, 'a message is never deleted');
END;
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
CREATE TRIGGER notice_guard BEFORE UPDATE OF id, destination_id, study_instance_uid, stage, reason, note,
    accession_number, service_request_id, imaging_study_id, idempotency_key, created_at_ms ON notice BEGIN
    SELECT RAISE(ABORT, 'what a notice tells stays as it was');
END;
CREATE TRIGGER notice_guard_told BEFORE UPDATE ON notice WHEN OLD.told_at_ms IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a notice that was taken does not change');
END;
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
CREATE TRIGGER notice_no_delete BEFORE DELETE ON notice BEGIN
    SELECT RAISE(ABORT, 'a notice is never deleted');
END;
CREATE TRIGGER overruling_no_delete BEFORE DELETE ON overruling BEGIN
    SELECT RAISE(ABORT, 'what a person decided is never deleted');
END;
CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt BEGIN
    SELECT RAISE(ABORT, 'a receipt is never deleted');
END;
CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt BEGIN
    SELECT RAISE(ABORT, 'a receipt does not change');
END;
CREATE TRIGGER receipt_recorded AFTER INSERT ON receipt BEGIN
    INSERT INTO history_entry
    SELECT NEW.received_at_ms, 'received', 'bridge', instance.id, NULL, '', instance.sop_instance_uid,
        lower(hex(instance.digest)),
        detail('receipt', NEW.id, 'version', instance.version, 'repeat=', iif(NEW.is_repeat, 'true', 'false'),
            'restored=', iif(NEW.was_restored, 'true', 'false'), 'bytes', instance.bytes,
            'calling_ae_title', association.calling_ae_title, 'called_ae_title', association.called_ae_title,
            'address', association.address, 'sender', association.sender, 'tls_subject', association.tls_subject,
            'routes=', NEW.routes, 'destinations=', NEW.destinations)
    FROM instance, association WHERE instance.id = NEW.instance_id AND association.id = NEW.association_id;
END;
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
CREATE TRIGGER registration_begun AFTER INSERT ON registration BEGIN
    DELETE FROM unregistered
    WHERE destination_id = NEW.destination_id AND study_instance_uid = NEW.study_instance_uid;
END;
CREATE TRIGGER registration_no_delete BEFORE DELETE ON registration BEGIN
    SELECT RAISE(ABORT, 'a registration is never deleted');
END;
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
CREATE TRIGGER sender_came AFTER INSERT ON sender WHEN NEW.receipts > 0 BEGIN
    UPDATE sender SET day_count = 1 WHERE calling_ae_title = NEW.calling_ae_title AND address = NEW.address;
END;
CREATE TRIGGER sender_came_again AFTER UPDATE OF last_received_at_ms ON sender
WHEN NEW.last_received_at_ms / 86400000 > OLD.last_received_at_ms / 86400000 BEGIN
    UPDATE sender SET day_count = OLD.day_count + 1
    WHERE calling_ae_title = NEW.calling_ae_title AND address = NEW.address;
END;
CREATE TRIGGER token_added AFTER INSERT ON token BEGIN
    INSERT INTO history_entry
    SELECT NEW.added_at_ms, 'token_added', NEW.added_by, NULL, NULL, '', '', '',
        detail('token', NEW.name, 'number', NEW.id, 'role', NEW.role, 'user',
            coalesce((SELECT name FROM user WHERE id = NEW.user_id), ''), 'expires_at_ms', NEW.expires_at_ms);
END;
CREATE TRIGGER token_guard BEFORE UPDATE OF id, name, role, hash, user_id, added_at_ms, added_by, expires_at_ms ON token
BEGIN
    SELECT RAISE(ABORT, 'what a token allows stays as it was');
END;
CREATE TRIGGER token_guard_removed BEFORE UPDATE ON token WHEN OLD.removed_at_ms IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a token that was removed does not come back');
END;
CREATE TRIGGER token_no_delete BEFORE DELETE ON token BEGIN
    SELECT RAISE(ABORT, 'a token is never deleted: the history names it');
END;
CREATE TRIGGER token_removed AFTER UPDATE OF removed_at_ms ON token BEGIN
    INSERT INTO history_entry
    VALUES (NEW.removed_at_ms, 'token_removed', NEW.removed_by, NULL, NULL, '', '', '',
        detail('token', NEW.name, 'number', NEW.id, 'role', NEW.role));
END;
CREATE TRIGGER unregistered_made INSTEAD OF INSERT ON unregistered_entry BEGIN
    INSERT OR IGNORE INTO unregistered (destination_id, study_instance_uid, since_ms)
    SELECT NEW.destination_id, study_instance_uid, NEW.since_ms FROM instance
    WHERE id = NEW.instance_id AND study_instance_uid <> ''
        AND NOT EXISTS (SELECT 1 FROM registration
                        WHERE destination_id = NEW.destination_id
                            AND study_instance_uid = instance.study_instance_uid);
END;
CREATE TRIGGER user_added AFTER INSERT ON user BEGIN
    INSERT INTO history_entry
    VALUES (NEW.added_at_ms, 'user_added', NEW.added_by, NULL, NULL, '', '', '',
        detail('user', NEW.name, 'number', NEW.id, 'role', NEW.role));
END;
CREATE TRIGGER user_guard BEFORE UPDATE OF id, name, role, added_at_ms, added_by ON user BEGIN
    SELECT RAISE(ABORT, 'who a user is stays as it was: remove it and add another');
END;
CREATE TRIGGER user_guard_removed BEFORE UPDATE ON user WHEN OLD.removed_at_ms IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a user who was removed does not come back');
END;
CREATE TRIGGER user_no_delete BEFORE DELETE ON user BEGIN
    SELECT RAISE(ABORT, 'a user is never deleted: the history names it');
END;
CREATE TRIGGER user_password AFTER UPDATE OF password ON user WHEN NEW.removed_at_ms IS NULL BEGIN
    INSERT INTO history_entry
    VALUES (NEW.password_at_ms, 'password_changed', NEW.password_by, NULL, NULL, '', '', '',
        detail('user', NEW.name, 'number', NEW.id));
END;
CREATE TRIGGER user_removed AFTER UPDATE OF removed_at_ms ON user BEGIN
    UPDATE token SET removed_at_ms = NEW.removed_at_ms, removed_by = NEW.removed_by
    WHERE user_id = NEW.id AND removed_at_ms IS NULL;
    INSERT INTO history_entry
    VALUES (NEW.removed_at_ms, 'user_removed', NEW.removed_by, NULL, NULL, '', '', '',
        detail('user', NEW.name, 'number', NEW.id, 'role', NEW.role));
END;
