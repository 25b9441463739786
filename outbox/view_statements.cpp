#include "outbox/view_statements.h"

namespace outbox::sql {

const char* const tallies = R"sql(
SELECT name, n FROM tally
)sql";

const char* const counters = R"sql(
SELECT destination_id, state, reason, is_warning, jobs
FROM counter
WHERE jobs > 0
    AND (:destination IS NULL OR destination_id = :destination)
    AND (:state IS NULL OR state = :state)
    AND (:reason IS NULL OR reason = :reason)
)sql";

const char* const destinations = R"sql(
SELECT d.id, d.name, d.kind, d.is_configured,
    -- The index's first entry, not a walk.
    (SELECT min(owed_since_ms) FROM job INDEXED BY job_owed
     WHERE destination_id = d.id AND state = 'queued' AND is_waiting = 0),
    d.last_delivered_at_ms, d.paused_at_ms, d.paused_until_ms, d.paused_by, d.paused_reason, d.held_at_ms,
    d.held_reason, d.failing_since_ms, d.next_try_at_ms, d.failure_count, d.last_error, d.last_error_at_ms,
    d.answers_query, d.answers_commitment, coalesce((SELECT name FROM destination WHERE id = d.failover_id), ''),
    d.failover_since_ms, d.registers
FROM destination AS d
WHERE (:name IS NULL OR d.name = :name)
ORDER BY d.name
)sql";

const char* const senders = R"sql(
SELECT calling_ae_title, address, name, first_seen_at_ms, nullif(last_received_at_ms, 0), receipts, last_seen_at_ms,
    refused, refused_reason, day_count
FROM sender INDEXED BY sender_seen
ORDER BY last_seen_at_ms DESC, calling_ae_title DESC, address DESC
LIMIT :limit
)sql";

const char* const unrouted_since = R"sql(
SELECT received_at_ms FROM instance INDEXED BY instance_unrouted WHERE job_count = 0 ORDER BY id LIMIT 1
)sql";

const char* const job_bounds = R"sql(
SELECT
    coalesce((SELECT min(last) - 1024 FROM span WHERE of = 'job' AND latest_ms >= :since),
        (SELECT max(last) FROM span WHERE of = 'job'), 0),
    -- The newest rows are in no span yet.
    CASE
        WHEN EXISTS (SELECT 1 FROM job
                     WHERE id > coalesce((SELECT max(last) FROM span WHERE of = 'job'), 0) AND created_at_ms < :until)
        THEN 9223372036854775807
        ELSE coalesce((SELECT max(last) + 1 FROM span WHERE of = 'job' AND earliest_ms < :until), 1)
    END
)sql";

// The index alone: no job is read.
const char* const undelivered_ages = R"sql(
SELECT created_at_ms FROM job INDEXED BY job_undelivered
WHERE destination_id = :destination AND state IN ('queued', 'sending', 'uncertain', 'held') AND is_waiting = 0
)sql";

const char* const job_row = R"sql(
SELECT j.id, d.name, j.state, j.reason, j.is_warning, j.priority, j.created_at_ms, j.changed_at_ms, j.due_at_ms,
    j.attempt_count, j.round, j.evidence, j.evidence_at_ms, j.status, j.actor, j.note, j.digest, j.instance_id,
    j.confirm_due_at_ms, coalesce(e.text, ''), j.is_edited,
    coalesce((SELECT name FROM destination WHERE id = j.stands_in_for), '')
FROM job AS j JOIN destination AS d ON d.id = j.destination_id
    LEFT JOIN edit AS e ON e.id = j.edit_id
WHERE j.id = :job
)sql";

const char* const attempts_of_job = R"sql(
SELECT id, kind, round, opened_at_ms, closed_at_ms, outcome, status, text, bytes, evidence
FROM attempt
WHERE job_id = :job
ORDER BY id
)sql";

const char* const instance_row = R"sql(
SELECT id, sop_instance_uid, sop_class_uid, transfer_syntax_uid, coalesce(study_instance_uid, ''),
    coalesce(series_instance_uid, ''), patient_name, patient_id, patient_birth_date, accession_number, modality,
    study_date, study_description, series_number, series_description, instance_number, digest, bytes, uids_differ,
    uid_malformed, version, blob_state, sender, calling_ae_title, received_at_ms, job_count, unfinished_count
FROM instance
WHERE id = :instance
)sql";

const char* const instance_versions = R"sql(
SELECT id
FROM instance
WHERE sop_instance_uid = :sop_instance_uid
ORDER BY version DESC
)sql";

const char* const instance_jobs = R"sql(
SELECT job.id
FROM instance
JOIN job ON job.instance_id = instance.id
WHERE instance.sop_instance_uid = :sop_instance_uid
ORDER BY job.id DESC
)sql";

const char* const instances_unrouted = R"sql(
SELECT id
FROM instance INDEXED BY instance_unrouted
WHERE job_count = 0 AND id < :before
ORDER BY id DESC
LIMIT :limit
)sql";

const char* const received_since = R"sql(
SELECT i.id, i.sop_instance_uid, coalesce(i.study_instance_uid, ''), i.modality, i.digest, i.transfer_syntax_uid,
    i.blob_state, i.received_at_ms, i.calling_ae_title, coalesce(a.called_ae_title, ''), coalesce(a.address, ''),
    i.sender, coalesce(a.tls_subject, ''), coalesce(r.routes, '[]'), coalesce(r.destinations, '[]')
FROM instance AS i
    LEFT JOIN receipt AS r ON r.id = (SELECT min(id) FROM receipt WHERE instance_id = i.id)
    LEFT JOIN association AS a ON a.id = r.association_id
WHERE i.id > :after AND i.received_at_ms >= :since
ORDER BY i.id
LIMIT :limit
)sql";

const char* const receipts_of_instance = R"sql(
SELECT r.received_at_ms, r.is_repeat, r.was_restored, a.calling_ae_title, a.called_ae_title, a.address, a.sender,
    a.tls_subject, r.routes, r.destinations
FROM receipt AS r INDEXED BY receipt_by_instance CROSS JOIN association AS a ON a.id = r.association_id
WHERE r.instance_id = :instance
ORDER BY r.id
LIMIT :limit
)sql";

// One priority at a time: only then does the index give the due ones first and the rest not at all.
const char* const due_jobs = R"sql(
SELECT j.id, i.sop_class_uid, coalesce(b.transfer_syntax_uid, i.transfer_syntax_uid), i.calling_ae_title, j.digest,
    coalesce(b.is_transcoded, 0), coalesce(e.text, '')
FROM job AS j INDEXED BY job_due
    CROSS JOIN instance AS i ON i.id = j.instance_id
    LEFT JOIN derived_blob AS b ON b.digest = j.digest AND j.digest <> i.digest
    LEFT JOIN edit AS e ON e.id = j.edit_id AND NOT j.is_edited
WHERE j.destination_id = :destination AND j.state = 'queued' AND j.priority = :priority AND j.due_at_ms <= :now
    AND j.reason <> 'quiet_period' AND (j.is_registered OR e.text IS NOT NULL) -- what is registered is edited before
    AND coalesce(b.blob_state, i.blob_state) = 'kept'
ORDER BY j.due_at_ms, j.id
LIMIT :limit
)sql";

const char* const due_newest = R"sql(
SELECT j.id, i.sop_class_uid, coalesce(b.transfer_syntax_uid, i.transfer_syntax_uid), i.calling_ae_title, j.digest,
    coalesce(b.is_transcoded, 0), coalesce(e.text, '')
FROM job AS j INDEXED BY job_due
    CROSS JOIN instance AS i ON i.id = j.instance_id
    LEFT JOIN derived_blob AS b ON b.digest = j.digest AND j.digest <> i.digest
    LEFT JOIN edit AS e ON e.id = j.edit_id AND NOT j.is_edited
WHERE j.destination_id = :destination AND j.state = 'queued' AND j.priority = :priority AND j.due_at_ms <= :now
    AND j.reason <> 'quiet_period' AND (j.is_registered OR e.text IS NOT NULL) -- what is registered is edited before
    AND coalesce(b.blob_state, i.blob_state) = 'kept'
ORDER BY j.due_at_ms DESC, j.id DESC
LIMIT :limit
)sql";

// Only those that `due_jobs` would ever give, a quiet period once it is settled, and of what is not registered what is
// due later: otherwise a lane would wake up for nothing, again and again.
const char* const next_due_at = R"sql(
SELECT j.due_at_ms
FROM job AS j INDEXED BY job_due
    CROSS JOIN instance AS i ON i.id = j.instance_id
    LEFT JOIN derived_blob AS b ON b.digest = j.digest AND j.digest <> i.digest
WHERE j.destination_id = :destination AND j.state = 'queued' AND j.priority = :priority
    AND (j.is_registered OR j.due_at_ms > :now) AND coalesce(b.blob_state, i.blob_state) = 'kept'
ORDER BY j.due_at_ms
LIMIT 1
)sql";

// As `settle_quiet` finds them.
const char* const has_quiet_to_settle = R"sql(
SELECT EXISTS (SELECT 1 FROM job INDEXED BY job_quiet
               WHERE destination_id = :destination AND state = 'queued' AND reason = 'quiet_period'
                   AND due_at_ms <= :now)
    OR EXISTS (SELECT 1 FROM job INDEXED BY job_quiet
               WHERE destination_id = :destination AND state = 'queued' AND reason = 'quiet_period'
                   AND due_at_ms > :now + :quiet)
)sql";

// All of its queued jobs by number, and which of them go. Where the other destination has a promise of its own, or a
// newer version, they stay; likewise where what was given up there is edited otherwise.
const char* const to_fail_over = R"sql(
SELECT j.id,
    j.is_waiting = 0 AND j.stands_in_for IS NULL AND i.blob_state = 'kept'
    AND NOT EXISTS (SELECT 1 FROM job AS other
                    WHERE other.instance_id = j.instance_id AND other.destination_id = :there
                        AND NOT (other.state = 'cancelled' AND other.reason = 'moved' AND other.actor = 'bridge'
                            AND other.stands_in_for IS NOT NULL
                            AND iif(other.is_assigned, other.route_edit_id, other.edit_id)
                                IS iif(j.is_assigned, j.route_edit_id, j.edit_id)))
    AND NOT EXISTS (SELECT 1 FROM instance AS newer CROSS JOIN job AS other ON other.instance_id = newer.id
                    WHERE newer.sop_instance_uid = i.sop_instance_uid AND newer.version > i.version
                        AND other.destination_id = :there AND other.state <> 'cancelled'),
    i.calling_ae_title, coalesce(a.address, ''), j.reason = 'being_prepared'
FROM job AS j INDEXED BY job_open CROSS JOIN instance AS i ON i.id = j.instance_id
    LEFT JOIN receipt AS r ON r.id = (SELECT min(id) FROM receipt WHERE instance_id = i.id)
    LEFT JOIN association AS a ON a.id = r.association_id
WHERE j.destination_id = :from AND j.state = 'queued' AND j.id > :after
    AND j.state IN ('queued', 'sending', 'uncertain', 'held') -- the index's own condition
ORDER BY j.id
)sql";

const char* const standing_in = R"sql(
SELECT j.id, i.calling_ae_title, coalesce(a.address, '')
FROM job AS j INDEXED BY job_standing_in CROSS JOIN instance AS i ON i.id = j.instance_id
    LEFT JOIN receipt AS r ON r.id = (SELECT min(id) FROM receipt WHERE instance_id = i.id)
    LEFT JOIN association AS a ON a.id = r.association_id
WHERE j.stands_in_for = :home AND j.state = 'queued' AND j.id > :after AND (:from IS NULL OR j.destination_id = :from)
ORDER BY j.id
LIMIT :limit
)sql";

const char* const held_standing_in = R"sql(
SELECT j.id, i.calling_ae_title, coalesce(a.address, ''), j.reason
FROM job AS j INDEXED BY job_standing_in_held CROSS JOIN instance AS i ON i.id = j.instance_id
    LEFT JOIN receipt AS r ON r.id = (SELECT min(id) FROM receipt WHERE instance_id = i.id)
    LEFT JOIN association AS a ON a.id = r.association_id
WHERE j.stands_in_for = :home AND j.state = 'held' AND j.id > :after
ORDER BY j.id
LIMIT :limit
)sql";

const char* const uncertain_jobs = R"sql(
SELECT j.id, j.instance_id, j.round, i.sop_class_uid, i.sop_instance_uid, coalesce(i.study_instance_uid, ''),
    coalesce(i.series_instance_uid, ''), j.due_at_ms, j.state,
    (SELECT max(c.asked_at_ms) FROM commitment AS c CROSS JOIN attempt AS a ON a.id = c.attempt_id
     WHERE c.job_id = j.id AND c.answered_at_ms IS NULL AND a.round = j.round),
    (SELECT count(*) FROM attempt AS a
     WHERE a.job_id = j.id AND a.round = j.round AND a.kind = 'probe' AND a.id > coalesce(j.attempt_id, 0)),
    EXISTS (SELECT 1 FROM commitment AS c CROSS JOIN attempt AS a ON a.id = c.attempt_id
            WHERE c.job_id = j.id AND c.failure_reason IS NOT NULL AND a.round = j.round),
    (SELECT a.status FROM attempt AS a WHERE a.id = j.attempt_id),
    (SELECT count(*) FROM attempt AS a
     WHERE a.job_id = j.id AND a.round = j.round AND a.kind = 'send' AND a.outcome = 'unknown'),
    -- Sent again after an earlier round may have arrived, or another version may be there: whatever is found may be the earlier one.
    (j.round - 1 > j.recall_count AND EXISTS (
        SELECT 1 FROM attempt AS a
        WHERE a.job_id = j.id AND a.round < j.round AND a.outcome IN ('delivered', 'unknown'))) OR EXISTS (
        SELECT 1 FROM instance AS other CROSS JOIN job AS earlier ON earlier.instance_id = other.id
        WHERE other.sop_instance_uid = i.sop_instance_uid AND other.id <> i.id
            AND earlier.destination_id = j.destination_id AND earlier.state IN ('sending', 'uncertain', 'delivered'))
FROM job AS j INDEXED BY job_uncertain CROSS JOIN instance AS i ON i.id = j.instance_id
WHERE j.destination_id = :destination AND j.state = 'uncertain' AND j.due_at_ms <= :now
ORDER BY j.due_at_ms, j.id
LIMIT :limit
)sql";

const char* const jobs_to_confirm = R"sql(
SELECT j.id, j.instance_id, j.round, i.sop_class_uid, i.sop_instance_uid, coalesce(i.study_instance_uid, ''),
    coalesce(i.series_instance_uid, ''), j.confirm_due_at_ms, j.state,
    (SELECT max(c.asked_at_ms) FROM commitment AS c CROSS JOIN attempt AS a ON a.id = c.attempt_id
     WHERE c.job_id = j.id AND c.answered_at_ms IS NULL AND a.round = j.round),
    (SELECT count(*) FROM attempt AS a
     WHERE a.job_id = j.id AND a.round = j.round AND a.kind = 'probe' AND a.id > coalesce(j.attempt_id, 0)),
    EXISTS (SELECT 1 FROM commitment AS c CROSS JOIN attempt AS a ON a.id = c.attempt_id
            WHERE c.job_id = j.id AND c.failure_reason IS NOT NULL AND a.round = j.round),
    (SELECT a.status FROM attempt AS a WHERE a.id = j.attempt_id),
    (SELECT count(*) FROM attempt AS a
     WHERE a.job_id = j.id AND a.round = j.round AND a.kind = 'send' AND a.outcome = 'unknown'),
    -- Sent again after an earlier round may have arrived, or another version may be there: whatever is found may be the earlier one.
    (j.round - 1 > j.recall_count AND EXISTS (
        SELECT 1 FROM attempt AS a
        WHERE a.job_id = j.id AND a.round < j.round AND a.outcome IN ('delivered', 'unknown'))) OR EXISTS (
        SELECT 1 FROM instance AS other CROSS JOIN job AS earlier ON earlier.instance_id = other.id
        WHERE other.sop_instance_uid = i.sop_instance_uid AND other.id <> i.id
            AND earlier.destination_id = j.destination_id AND earlier.state IN ('sending', 'uncertain', 'delivered'))
FROM job AS j INDEXED BY job_to_confirm CROSS JOIN instance AS i ON i.id = j.instance_id
WHERE j.destination_id = :destination AND j.confirm_due_at_ms <= :now
ORDER BY j.confirm_due_at_ms, j.id
LIMIT :limit
)sql";

const char* const pledges_due = R"sql(
SELECT id, transaction_uid, calling_ae_title, called_ae_title, address, sender, wants_delivery, tries, asked_at_ms,
    due_at_ms
FROM pledge INDEXED BY pledge_open
WHERE reported_at_ms IS NULL AND due_at_ms <= :now
ORDER BY due_at_ms
LIMIT :limit
)sql";

const char* const pledge_of = R"sql(
SELECT id, transaction_uid, calling_ae_title, called_ae_title, address, sender, wants_delivery, tries, asked_at_ms,
    due_at_ms
FROM pledge
WHERE calling_ae_title = :calling_ae_title AND transaction_uid = :transaction AND reported_at_ms IS NULL
)sql";

// What is promised is the newest version; what was given up by an operator was not delivered.
const char* const pledge_items = R"sql(
SELECT item.sop_instance_uid, item.sop_class_uid, newest.sop_class_uid, newest.blob_state, newest.unfinished_count,
    EXISTS (SELECT 1 FROM job
            WHERE job.instance_id = newest.id AND job.state = 'cancelled' AND job.reason NOT IN ('replaced', 'moved'))
FROM pledge_item AS item
    LEFT JOIN instance AS newest ON newest.id = (SELECT id FROM instance
                                                 WHERE sop_instance_uid = item.sop_instance_uid
                                                 ORDER BY version DESC LIMIT 1)
WHERE item.pledge_id = :pledge
)sql";

const char* const missing_since = R"sql(
SELECT i.id, i.digest, i.transfer_syntax_uid, i.calling_ae_title, coalesce(a.called_ae_title, ''),
    coalesce(a.address, ''),
    NOT EXISTS (SELECT 1 FROM instance AS later
                WHERE later.sop_instance_uid = i.sop_instance_uid AND later.version > i.version), i.sender
FROM instance AS i
    LEFT JOIN receipt AS r ON r.id = (SELECT min(id) FROM receipt WHERE instance_id = i.id)
    LEFT JOIN association AS a ON a.id = r.association_id
WHERE i.id > :after AND i.blob_state = 'kept' AND i.received_at_ms >= :since
    AND NOT EXISTS (SELECT 1 FROM job WHERE job.instance_id = i.id AND job.destination_id = :destination)
ORDER BY i.id
LIMIT :limit
)sql";

const char* const missing_of_study = R"sql(
SELECT i.id, i.digest, i.transfer_syntax_uid, i.calling_ae_title, coalesce(a.called_ae_title, ''),
    coalesce(a.address, ''),
    NOT EXISTS (SELECT 1 FROM instance AS later
                WHERE later.sop_instance_uid = i.sop_instance_uid AND later.version > i.version), i.sender
FROM instance AS i INDEXED BY instance_by_series
    LEFT JOIN receipt AS r ON r.id = (SELECT min(id) FROM receipt WHERE instance_id = i.id)
    LEFT JOIN association AS a ON a.id = r.association_id
WHERE i.study_instance_uid = :study AND +i.id > :after AND i.blob_state = 'kept'
    AND NOT EXISTS (SELECT 1 FROM job WHERE job.instance_id = i.id AND job.destination_id = :destination)
ORDER BY i.id
LIMIT :limit
)sql";

// An instance's own blob, where it is kept, and one that was made from it and that a job still needs.
const char* const unfinished_blobs = R"sql(
SELECT i.id, iif(i.blob_state = 'kept', i.digest, NULL), i.bytes, b.digest, b.bytes
FROM instance AS i INDEXED BY instance_unfinished
    LEFT JOIN derived_blob AS b ON b.instance_id = i.id AND b.blob_state = 'kept'
        AND EXISTS (SELECT 1 FROM job
                    WHERE instance_id = i.id AND digest = b.digest AND state NOT IN ('delivered', 'cancelled'))
WHERE i.unfinished_count > 0 AND i.id > :after
ORDER BY i.id
)sql";

const char* const kept_blobs = R"sql(
SELECT i.id, iif(i.blob_state = 'kept', i.digest, NULL), i.bytes, b.digest, b.bytes
FROM instance AS i NOT INDEXED
    LEFT JOIN derived_blob AS b ON b.instance_id = i.id AND b.blob_state = 'kept'
WHERE i.id > :after AND i.received_at_ms >= :since
ORDER BY i.id
)sql";

const char* const damaged_blobs = R"sql(
SELECT id, digest, bytes
FROM instance INDEXED BY instance_damaged
WHERE blob_state = 'damaged' AND id > :after
ORDER BY id
LIMIT :limit
)sql";

const char* const instance_bound = R"sql(
SELECT coalesce((SELECT min(last) - 1024 FROM span WHERE of = 'instance' AND latest_ms >= :since),
    (SELECT max(last) FROM span WHERE of = 'instance'), 0)
)sql";

const char* const digest_known = R"sql(
SELECT 1 FROM instance WHERE digest = :digest
UNION ALL
SELECT 1 FROM derived_blob WHERE digest = :digest
)sql";

const char* const digest_kept = R"sql(
SELECT 1 FROM instance WHERE digest = :digest AND blob_state = 'kept'
UNION ALL
SELECT 1 FROM derived_blob WHERE digest = :digest AND blob_state = 'kept'
)sql";

}  // namespace outbox::sql
