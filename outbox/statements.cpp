#include "outbox/statements.h"

namespace outbox {

// Every change of a job names the state it comes from, and is nothing where the job is elsewhere; the caller reads that
// from the number of changed rows. The trigger job_guard_update would stop a wrong pair; these clauses make it an
// answer.
Statements::Statements(Database& database)
    : begin(database, "BEGIN IMMEDIATE"),
      commit(database, "COMMIT"),
      rollback(database, "ROLLBACK"),
      open_savepoint(database, "SAVEPOINT piece"),
      release_savepoint(database, "RELEASE piece"),
      undo_savepoint(database, "ROLLBACK TO piece"),
      data_version(database, "PRAGMA data_version"),

      begin_generation(database, R"sql(
          INSERT INTO generation (version, began_at_ms) VALUES (:version, :now))sql"),
      end_generation(database, R"sql(
          UPDATE generation SET ended_at_ms = :now WHERE id = :generation)sql"),
      dead_sending(database, R"sql(
          SELECT job.id, job.attempt_id, destination.kind
          FROM job INDEXED BY job_sending JOIN destination ON destination.id = job.destination_id
          WHERE job.state = 'sending' AND job.generation <> :generation
          LIMIT :limit)sql"),

      find_association(database, R"sql(
          SELECT id FROM association WHERE generation = :generation AND serial = :serial)sql"),
      make_association(database, R"sql(
          INSERT INTO association (generation, serial, calling_ae_title, called_ae_title, address, sender, tls_subject,
              opened_at_ms)
          VALUES (:generation, :serial, :calling_ae_title, :called_ae_title, :address, :sender, :tls_subject,
              :opened_at))sql"),
      find_instance(database, R"sql(
          SELECT id, version, blob_state FROM instance WHERE digest = :digest)sql"),
      newest_version(database, R"sql(
          SELECT coalesce(max(version), 0) FROM instance WHERE sop_instance_uid = :sop_instance_uid)sql"),
      make_instance(database, R"sql(
          INSERT INTO instance (sop_instance_uid, version, digest, bytes, sop_class_uid, transfer_syntax_uid,
              study_instance_uid, series_instance_uid, patient_name, patient_id, patient_birth_date, accession_number,
              modality, study_date, study_description, series_number, series_description, instance_number, uids_differ,
              uid_malformed, calling_ae_title, sender, received_at_ms, blob_changed_at_ms)
          VALUES (:sop_instance_uid, :version, :digest, :bytes, :sop_class_uid, :transfer_syntax_uid,
              nullif(:study_instance_uid, ''), nullif(:series_instance_uid, ''), :patient_name, :patient_id,
              :patient_birth_date, :accession_number, :modality, :study_date, :study_description, :series_number,
              :series_description, :instance_number, :uids_differ, :uid_malformed, :calling_ae_title, :sender, :now,
              :now))sql"),
      // Retention counts from the day the bytes came back, or the next sweep would take them away again.
      restore_blob(database, R"sql(
          UPDATE instance SET blob_state = 'kept', blob_changed_at_ms = :now, verified_at_ms = NULL,
              finished_at_ms = iif(finished_at_ms IS NULL, NULL, :now)
          WHERE id = :instance AND blob_state <> 'kept')sql"),
      // Where the last send ended unknown, it is uncertain again, not queued: nothing is sent again blindly. Where
      // nobody just brought the bytes (is_brought), only a repeat that came about when the last send began, or later,
      // says that they are others than those that were read then; else a machine that reads wrong would send without
      // end.
      release_restored(database, R"sql(
          UPDATE job SET
              state = iif(attempt.outcome IS 'unknown', 'uncertain', 'queued'),
              reason = iif(attempt.outcome IS 'unknown', 'no_response', ''),
              digest = coalesce((SELECT digest FROM derived_blob WHERE digest = job.digest AND blob_state = 'kept'),
                                (SELECT digest FROM instance WHERE id = job.instance_id)),
              is_edited = job.is_edited AND EXISTS (SELECT 1 FROM derived_blob
                                                    WHERE digest = job.digest AND blob_state = 'kept'),
              due_at_ms = :now, changed_at_ms = :now, verb = 'release', actor = 'bridge', note = ''
          FROM job AS same LEFT JOIN attempt ON attempt.id = same.attempt_id
          WHERE same.id = job.id AND job.instance_id = :instance
              AND job.state = 'held' AND job.reason = 'damaged'
              AND 'kept' = (SELECT blob_state FROM instance WHERE id = job.instance_id)
              AND (:is_brought OR EXISTS (
                  SELECT 1 FROM receipt
                  WHERE receipt.instance_id = job.instance_id AND receipt.is_repeat
                      AND receipt.received_at_ms >= coalesce(attempt.opened_at_ms, 0) - 60000)))sql"),
      make_receipt(database, R"sql(
          INSERT INTO receipt (instance_id, association_id, received_at_ms, is_repeat, was_restored, routes, destinations)
          VALUES (:instance, :association, :now, :is_repeat, :was_restored, :routes, :destinations))sql"),
      // A job that exists, in whatever state, is the one promise to this destination: it stays as it is. An instance
      // may have been routed by rules that a new configuration has overtaken: then its destination may be gone.
      accept(database, R"sql(
          INSERT INTO job (instance_id, destination_id, digest, receipt_id, state, reason, is_waiting, priority, due_at_ms,
              created_at_ms, owed_since_ms, changed_at_ms, verb, actor, note, edit_id, is_assigned, route_edit_id, stands_in_for,
              is_registered)
          SELECT :instance, id, :digest, :receipt, iif(is_configured, :state, 'held'),
              iif(is_configured OR :state = 'held', :reason, 'destination_removed'), is_configured AND :is_waiting,
              :priority, :due_at, :now, :now, :now, 'accept', :actor, :note, :edit, :is_assigned,
              :route_edit, :stands_in_for, NOT registers
          FROM destination WHERE id = :destination
          ON CONFLICT (instance_id, destination_id) DO NOTHING)sql"),
      find_edit(database, "SELECT id FROM edit WHERE text = :text"),
      make_edit(database, "INSERT INTO edit (text) VALUES (:text)"),
      // What stands in for the destination would come back to it after the newer version.
      replace_older(database, R"sql(
          UPDATE job SET state = 'cancelled', reason = 'replaced', is_waiting = 0, changed_at_ms = :now, verb = 'cancel',
              actor = 'bridge', note = ''
          WHERE (destination_id = :destination OR stands_in_for = :destination)
              AND state IN ('queued', 'held', 'uncertain')
              AND instance_id IN (SELECT id FROM instance
                                  WHERE sop_instance_uid = :sop_instance_uid AND version < :version))sql"),
      instance_facts(database, R"sql(
          SELECT sop_instance_uid, version, digest, blob_state, coalesce(study_instance_uid, '')
          FROM instance WHERE id = :instance)sql"),

      // Pausing, removing and holding a lane are looked at here as well as in the lane, so that no lane can forget
      // them. A held lane may have one job now and then: the probe that sees whether the destination was mended.
      claim_limit(database, R"sql(
          SELECT CASE
              WHEN is_configured = 0 THEN 0
              WHEN paused_at_ms IS NOT NULL AND (paused_until_ms IS NULL OR paused_until_ms > :now) THEN 0
              WHEN held_at_ms IS NULL THEN :limit
              WHEN next_try_at_ms > :now OR EXISTS (
                  SELECT 1 FROM job INDEXED BY job_open
                  WHERE job.destination_id = destination.id AND job.state = 'sending'
                      AND job.state IN ('queued', 'sending', 'uncertain', 'held')) THEN 0
              ELSE min(:limit, 1) END
          FROM destination WHERE id = :destination)sql"),
      // One priority at a time: only then does the index end the search at the first job that is not yet due.
      claimable(database, R"sql(
          SELECT job.id, job.instance_id, job.round, job.attempt_count, job.digest, instance.version,
              instance.sop_class_uid, instance.sop_instance_uid,
              coalesce(derived_blob.transfer_syntax_uid, instance.transfer_syntax_uid),
              coalesce(instance.study_instance_uid, ''), coalesce(instance.series_instance_uid, ''),
              instance.calling_ae_title, coalesce(registration.imaging_study_id, '')
          FROM job INDEXED BY job_due CROSS JOIN instance ON instance.id = job.instance_id
              LEFT JOIN derived_blob ON job.digest <> instance.digest AND derived_blob.digest = job.digest
              LEFT JOIN registration ON registration.destination_id = job.destination_id
                  AND registration.study_instance_uid = instance.study_instance_uid
          WHERE job.destination_id = :destination AND job.state = 'queued' AND job.priority = :priority
              AND job.due_at_ms <= :now AND (job.edit_id IS NULL OR job.is_edited) AND job.is_registered
              AND job.reason <> 'quiet_period' -- settle_quiet says whether it is over
              AND coalesce(derived_blob.blob_state, instance.blob_state) = 'kept' -- damage holds such jobs already
          ORDER BY job.due_at_ms, job.id
          LIMIT :limit)sql"),
      claimable_one(database, R"sql(
          SELECT job.id, job.instance_id, job.round, job.attempt_count, job.digest, instance.version,
              instance.sop_class_uid, instance.sop_instance_uid,
              coalesce(derived_blob.transfer_syntax_uid, instance.transfer_syntax_uid),
              coalesce(instance.study_instance_uid, ''), coalesce(instance.series_instance_uid, ''),
              instance.calling_ae_title, coalesce(registration.imaging_study_id, '')
          FROM job CROSS JOIN instance ON instance.id = job.instance_id
              LEFT JOIN derived_blob ON job.digest <> instance.digest AND derived_blob.digest = job.digest
              LEFT JOIN registration ON registration.destination_id = job.destination_id
                  AND registration.study_instance_uid = instance.study_instance_uid
          WHERE job.id = :job AND job.destination_id = :destination AND job.state = 'queued'
              AND job.due_at_ms <= :now AND (job.edit_id IS NULL OR job.is_edited) AND job.is_registered
              AND job.reason <> 'quiet_period'
              AND coalesce(derived_blob.blob_state, instance.blob_state) = 'kept')sql"),
      open_attempt(database, R"sql(
          INSERT INTO attempt (job_id, round, kind, generation, opened_at_ms)
          SELECT id, round, :kind, :generation, :now FROM job WHERE id = :job)sql"),
      claim(database, R"sql(
          UPDATE job SET state = 'sending', reason = '', is_waiting = 0, attempt_count = attempt_count + 1,
              attempt_id = :attempt, generation = :generation, changed_at_ms = :now, verb = 'claim', actor = 'bridge',
              note = ''
          WHERE id = :job AND state = 'queued')sql"),
      job_state(database, "SELECT state FROM job WHERE id = :job"),
      // The compare-and-set that makes a late outcome harmless: the attempt is open, of the job's present round, and,
      // for a job that is sending, the one that sends it. In any other state only a probe may say something.
      close_attempt(database, R"sql(
          UPDATE attempt SET closed_at_ms = :now, outcome = :outcome, status = :status, text = :text, bytes = :bytes,
              evidence = :evidence
          WHERE id = :attempt AND job_id = :job AND closed_at_ms IS NULL
              AND EXISTS (SELECT 1 FROM job
                          WHERE job.id = :job AND job.state = :from AND job.round = attempt.round
                              AND iif(job.state = 'sending', job.attempt_id = attempt.id, attempt.kind = 'probe')))sql"),
      deliver(database, R"sql(
          UPDATE job SET state = 'delivered', reason = '', generation = NULL, status = coalesce(:status, status),
              is_warning = :is_warning, evidence = :evidence, evidence_at_ms = :now, confirm_due_at_ms = :confirm_due_at,
              changed_at_ms = :now, verb = 'deliver', actor = 'bridge', note = ''
          WHERE id = :job AND state = :from)sql"),
      // A job that was handed back was not tried, and where the destination is down or full the instance is not to
      // blame: neither counts towards a limit of attempts.
      defer(database, R"sql(
          UPDATE job SET state = 'queued', reason = :reason, is_waiting = :is_waiting, due_at_ms = :due_at,
              generation = NULL, status = coalesce(:status, status),
              attempt_count = attempt_count -
                  (:reason IN ('handed_back', 'out_of_resources', 'unreachable') AND attempt_count > 0),
              changed_at_ms = :now, verb = 'defer', actor = 'bridge', note = ''
          WHERE id = :job AND state = :from)sql"),
      // What was damaged while its job was sending: `claimable` would pass over the job for ever, and nobody would
      // know.
      hold_deferred(database, R"sql(
          UPDATE job SET state = 'held', reason = 'damaged', is_waiting = 0, changed_at_ms = :now, verb = 'hold',
              actor = 'bridge', note = ''
          WHERE id = :job AND state = 'queued'
              AND 'kept' <> (SELECT coalesce(derived_blob.blob_state, instance.blob_state)
                             FROM instance LEFT JOIN derived_blob
                                 ON job.digest <> instance.digest AND derived_blob.digest = job.digest
                             WHERE instance.id = job.instance_id))sql"),
      doubt(database, R"sql(
          UPDATE job SET state = 'uncertain', reason = :reason, due_at_ms = :due_at, generation = NULL,
              status = coalesce(:status, status), changed_at_ms = :now, verb = 'doubt', actor = 'bridge', note = ''
          WHERE id = :job AND state = 'sending')sql"),
      hold(database, R"sql(
          UPDATE job SET state = 'held', reason = :reason, is_waiting = 0, generation = NULL, status = coalesce(:status, status),
              changed_at_ms = :now, verb = 'hold', actor = 'bridge', note = :note
          WHERE id = :job AND state = :from)sql"),
      postpone(database, R"sql(
          UPDATE job SET reason = :reason, is_waiting = :is_waiting, due_at_ms = :due_at, changed_at_ms = :now, verb = 'postpone',
              actor = 'bridge', note = :note
          WHERE id = :job AND state = 'queued')sql"),
      // One that an operator wants sent now is not put off.
      postpone_due(database, R"sql(
          UPDATE job SET reason = :reason, is_waiting = 1, due_at_ms = :until, changed_at_ms = :now, verb = 'postpone',
              actor = 'bridge', note = iif(edit_id IS NULL, '', note)
          WHERE id IN (SELECT id FROM job INDEXED BY job_due
                       WHERE destination_id = :destination AND state = 'queued' AND priority = :priority
                           AND due_at_ms <= :now AND verb <> 'retry' AND reason <> 'quiet_period'
                       LIMIT :limit))sql"),
      // What came due, and what is due later than the period could make it: it was shortened, or a clock was wrong. The
      // last arrival of the study decides, but one from the future, which only a wrong clock can have written.
      settle_quiet(database, R"sql(
          UPDATE job SET due_at_ms = max(quiet.until, :now), reason = iif(quiet.until > :now, 'quiet_period', ''),
              is_waiting = quiet.until > :now, changed_at_ms = :now, verb = 'postpone', actor = 'bridge'
          FROM (SELECT id, iif(arrived_at_ms > :now + :quiet, 0, min(arrived_at_ms, :now) + :quiet) AS until
                FROM (SELECT ready.id, max(ready.created_at_ms, coalesce(study.last_received_at_ms, 0)) AS arrived_at_ms
                      FROM (SELECT * FROM (SELECT id, instance_id, created_at_ms FROM job INDEXED BY job_quiet
                                           WHERE destination_id = :destination AND state = 'queued'
                                               AND reason = 'quiet_period' AND due_at_ms <= :now
                                           LIMIT :limit)
                            UNION ALL
                            SELECT * FROM (SELECT id, instance_id, created_at_ms FROM job INDEXED BY job_quiet
                                           WHERE destination_id = :destination AND state = 'queued'
                                               AND reason = 'quiet_period' AND due_at_ms > :now + :quiet
                                           LIMIT :limit)) AS ready
                          CROSS JOIN instance ON instance.id = ready.instance_id
                          LEFT JOIN study ON study.study_instance_uid = instance.study_instance_uid)) AS quiet
          WHERE job.id = quiet.id)sql"),
      make_derived(database, R"sql(
          INSERT INTO derived_blob (digest, instance_id, recipe, bytes, transfer_syntax_uid, made_at_ms, blob_changed_at_ms,
              is_transcoded)
          SELECT :digest, job.instance_id, :recipe, :bytes, :transfer_syntax_uid, :now, :now, :is_transcoded
          FROM job JOIN instance ON instance.id = job.instance_id
          WHERE job.id = :job AND instance.digest <> :digest -- an edit that changed nothing made nothing new
          ON CONFLICT (digest) DO UPDATE SET blob_state = 'kept', blob_changed_at_ms = :now
          WHERE blob_state <> 'kept')sql"),
      // Only of the blob that it would send now: one that was lost meanwhile was edited, the one in its place is not.
      // Only with the edits that it has now: a number may have been assigned meanwhile. And in this order: another
      // transfer syntax is made of what is edited already.
      prepare(database, R"sql(
          UPDATE job SET digest = :digest, is_edited = is_edited OR :is_edited, reason = '', is_waiting = 0,
              due_at_ms = min(due_at_ms, :now), changed_at_ms = :now, verb = 'prepare', actor = 'bridge',
              note = iif(edit_id IS NULL, '', note) -- which edits were not made
          WHERE id = :job AND state = 'queued' AND digest = :made_of
              AND iif(:is_edited, edit_id = (SELECT id FROM edit WHERE text = :edits) AND NOT is_edited,
                      edit_id IS NULL OR is_edited))sql"),
      // Only where it is still due and has the blob that somebody saw: what was prepared meanwhile goes out, and what
      // could not be, waits.
      set_aside(database, R"sql(
          UPDATE job SET reason = 'being_prepared', is_waiting = 1, due_at_ms = :until, changed_at_ms = :now,
              verb = 'postpone', actor = 'bridge', note = iif(edit_id IS NULL, '', note)
          WHERE id = :job AND state = 'queued' AND digest = :digest AND due_at_ms <= :now)sql"),
      take_back(database, R"sql(
          UPDATE job SET reason = '', is_waiting = 0, due_at_ms = :now, changed_at_ms = :now, verb = 'postpone',
              actor = 'bridge', note = iif(edit_id IS NULL, '', note)
          WHERE id IN (SELECT id FROM job INDEXED BY job_by_reason
                       WHERE reason = 'being_prepared' AND reason <> '' -- as the index says
                           AND state = 'queued' AND destination_id = :destination
                       LIMIT :limit))sql"),
      take_back_one(database, R"sql(
          UPDATE job SET reason = '', is_waiting = 0, due_at_ms = :now, changed_at_ms = :now, verb = 'postpone',
              actor = 'bridge', note = iif(edit_id IS NULL, '', note)
          WHERE id = :job AND state = 'queued' AND reason = 'being_prepared')sql"),
      ask(database, R"sql(
          UPDATE job SET changed_at_ms = :now, verb = 'ask', actor = 'bridge', note = ''
          WHERE id = :job AND state IN ('uncertain', 'delivered'))sql"),
      abandon_probes(database, R"sql(
          UPDATE attempt SET closed_at_ms = :now, outcome = 'unknown', text = 'overtaken by another probe'
          WHERE job_id = :job AND kind = 'probe' AND closed_at_ms IS NULL)sql"),
      close_probe(database, R"sql(
          UPDATE job SET due_at_ms = iif(state = 'uncertain', :due_at, due_at_ms),
              confirm_due_at_ms = iif(state = 'delivered', :due_at, NULL), status = coalesce(:status, status),
              changed_at_ms = :now, verb = 'ask', actor = 'bridge', note = ''
          WHERE id = :job AND state IN ('uncertain', 'delivered'))sql"),
      // The question is on its way, and its answer may come by another association: when to ask again.
      put_off_probe(database, R"sql(
          UPDATE job SET due_at_ms = iif(state = 'uncertain', coalesce(:due_at, due_at_ms), due_at_ms),
              confirm_due_at_ms = iif(state = 'delivered', :due_at, NULL), changed_at_ms = :now, verb = 'ask',
              actor = 'bridge', note = ''
          WHERE id = :job AND state IN ('uncertain', 'delivered'))sql"),
      ask_now(database, R"sql(
          UPDATE job SET due_at_ms = iif(state = 'uncertain', :now, due_at_ms),
              confirm_due_at_ms = iif(state = 'delivered', :now, NULL), changed_at_ms = :now, verb = 'ask',
              actor = :actor, note = :note
          WHERE id = :job AND state IN ('uncertain', 'delivered')
              -- Nobody would ask, and what is to be asked about is kept until somebody has.
              AND (SELECT is_configured FROM destination WHERE id = job.destination_id))sql"),
      ask_commitment(database, R"sql(
          INSERT INTO commitment (transaction_uid, job_id, attempt_id, asked_at_ms)
          VALUES (:transaction, :job, :attempt, :now))sql"),
      commitment_jobs(database, R"sql(
          SELECT c.job_id, c.attempt_id, c.answered_at_ms IS NOT NULL, job.state, job.destination_id,
              instance.sop_instance_uid, instance.sop_class_uid, attempt.round = job.round
          FROM commitment AS c JOIN job ON job.id = c.job_id JOIN instance ON instance.id = job.instance_id
              JOIN attempt ON attempt.id = c.attempt_id
          WHERE c.transaction_uid = :transaction)sql"),
      // One that was withdrawn may have been taken after all.
      answer_commitment(database, R"sql(
          UPDATE commitment SET answered_at_ms = :now, result = :result, failure_reason = :failure_reason
          WHERE transaction_uid = :transaction AND job_id = :job
              AND (answered_at_ms IS NULL OR (result = 'failed' AND failure_reason IS NULL)))sql"),
      withdraw_commitment(database, R"sql(
          UPDATE commitment SET answered_at_ms = :now, result = 'failed'
          WHERE transaction_uid = :transaction AND answered_at_ms IS NULL)sql"),
      absences(database, R"sql(
          SELECT count(*), min(attempt.closed_at_ms)
          FROM job CROSS JOIN attempt ON attempt.job_id = job.id
          WHERE job.id = :job AND attempt.round = job.round AND attempt.kind = 'probe' AND attempt.outcome = 'absent'
              AND attempt.id > coalesce(job.attempt_id, 0)
              AND attempt.id > coalesce((SELECT max(found.id) FROM attempt AS found
                                         WHERE found.job_id = job.id AND found.outcome IN ('delivered', 'confirmed')),
                                        0))sql"),
      note_answers(database, R"sql(
          UPDATE destination SET answers_query = answers_query OR :query,
              answers_commitment = answers_commitment OR :commitment
          WHERE id = :destination AND (answers_query < :query OR answers_commitment < :commitment))sql"),
      // Evidence only grows: a query found the instance, a readback compared it, a commitment promised to keep it.
      confirm(database, R"sql(
          UPDATE job SET
              evidence = iif(evidence = 'commitment' OR (evidence = 'readback' AND :evidence = 'query'), evidence,
                             :evidence),
              evidence_at_ms = :now, confirm_due_at_ms = NULL, changed_at_ms = :now, verb = 'confirm',
              actor = 'bridge', note = ''
          WHERE id = :job AND state = 'delivered')sql"),
      recall_facts(database, R"sql(
          SELECT job.recall_count, coalesce(derived_blob.blob_state, instance.blob_state)
          FROM job JOIN instance ON instance.id = job.instance_id
              LEFT JOIN derived_blob ON job.digest <> instance.digest AND derived_blob.digest = job.digest
          WHERE job.id = :job AND job.state = 'delivered')sql"),
      // Also where the job is held: a release must find the new round begun, in which nothing was delivered yet.
      recall(database, R"sql(
          UPDATE job SET state = :to, reason = :reason, due_at_ms = :due_at, round = round + 1, attempt_count = 0,
              attempt_id = NULL, recall_count = recall_count + 1, status = :status, is_warning = 0, evidence = NULL,
              evidence_at_ms = NULL, confirm_due_at_ms = NULL, owed_since_ms = :now, changed_at_ms = :now, verb = 'recall', actor = 'bridge',
              note = ''
          WHERE id = :job AND state = 'delivered')sql"),

      hold_by_person(database, R"sql(
          UPDATE job SET state = 'held', reason = 'held_by_operator', is_waiting = 0, changed_at_ms = :now, verb = 'hold',
              actor = :actor, note = :note
          WHERE id = :job AND state IN ('queued', 'uncertain'))sql"),
      // Without its bytes, or without its destination, the job would only wait where nobody looks: it stays held.
      // Where the hold said nothing about the last send, and that may have arrived, the job is uncertain again. Any
      // other hold, like outcome_unknown, was the question whether to send it: the release is the answer.
      release(database, R"sql(
          UPDATE job SET
              state = iif(last.is_doubtful, 'uncertain', 'queued'),
              reason = iif(last.is_doubtful, 'no_response', ''),
              digest = coalesce((SELECT digest FROM derived_blob WHERE digest = job.digest AND blob_state = 'kept'),
                                (SELECT digest FROM instance WHERE id = job.instance_id)),
              is_edited = job.is_edited AND EXISTS (SELECT 1 FROM derived_blob
                                                    WHERE digest = job.digest AND blob_state = 'kept'),
              is_registered = is_registered OR NOT (SELECT registers FROM destination WHERE id = job.destination_id),
              due_at_ms = :now, changed_at_ms = :now, verb = 'release', actor = :actor, note = :note
          FROM (SELECT same.id, attempt.id IS NOT NULL AND coalesce(attempt.outcome, 'unknown') = 'unknown'
                        AND same.reason IN ('held_by_operator', 'destination_removed', 'damaged',
                                            'breaks_association') AS is_doubtful
                FROM job AS same LEFT JOIN attempt ON attempt.id = same.attempt_id
                WHERE same.id = :job) AS last
          WHERE job.id = last.id AND job.state = 'held'
              AND (SELECT is_configured FROM destination WHERE id = job.destination_id)
              AND 'kept' IN ((SELECT blob_state FROM instance WHERE id = job.instance_id),
                             (SELECT blob_state FROM derived_blob WHERE digest = job.digest)))sql"),
      retry(database, R"sql(
          UPDATE job SET reason = iif(is_waiting, '', reason), is_waiting = 0, due_at_ms = min(due_at_ms, :due_at),
              changed_at_ms = :now, verb = 'retry', actor = :actor, note = :note
          WHERE id = :job AND state IN ('queued', 'uncertain'))sql"),
      // Still for the same reason: whether that is over is for the look to say.
      recheck(database, R"sql(
          UPDATE job SET due_at_ms = min(due_at_ms, :now), changed_at_ms = :now, verb = 'recheck', actor = :actor,
              note = :note
          WHERE id = :job AND state = 'queued' AND reason IN ('no_accession', 'order_not_found'))sql"),
      cancel(database, R"sql(
          UPDATE job SET state = 'cancelled', reason = :reason, is_waiting = 0, changed_at_ms = :now, verb = 'cancel',
              actor = :actor, note = :note
          WHERE id = :job AND state IN ('queued', 'held', 'uncertain'))sql"),
      resend(database, R"sql(
          UPDATE job SET digest = coalesce((SELECT digest FROM derived_blob WHERE digest = job.digest AND blob_state = 'kept'),
                                (SELECT digest FROM instance WHERE id = job.instance_id)),
              is_edited = job.is_edited AND EXISTS (SELECT 1 FROM derived_blob
                                                    WHERE digest = job.digest AND blob_state = 'kept'),
              state = 'queued', reason = '', due_at_ms = :now, round = round + 1, attempt_count = 0,
              attempt_id = NULL, status = NULL, is_warning = 0, evidence = NULL, evidence_at_ms = NULL,
              confirm_due_at_ms = NULL, owed_since_ms = :now, priority = coalesce(:priority, priority),
              stands_in_for = :stands_in_for, changed_at_ms = :now, verb = 'resend', actor = :actor, note = :note
          WHERE id = :job AND state IN ('delivered', 'cancelled')
              AND (SELECT is_configured FROM destination WHERE id = job.destination_id)
              AND 'kept' IN ((SELECT blob_state FROM instance WHERE id = job.instance_id),
                             (SELECT blob_state FROM derived_blob WHERE digest = job.digest)))sql"),
      record_adoption(database, R"sql(
          INSERT INTO attempt (job_id, round, kind, generation, opened_at_ms, closed_at_ms, outcome, text, evidence)
          SELECT id, round, 'probe', :generation, :now, :now, 'delivered', :note, 'operator'
          FROM job WHERE id = :job AND state = 'held')sql"),
      adopt(database, R"sql(
          UPDATE job SET state = 'delivered', reason = '', evidence = 'operator', evidence_at_ms = :now,
              changed_at_ms = :now, verb = 'adopt', actor = :actor, note = :note
          WHERE id = :job AND state = 'held')sql"),
      // What was assigned is for this destination only: it doesn't go along.
      leaving(database, R"sql(
          SELECT job.instance_id, job.state, job.priority, job.destination_id, job.stands_in_for, job.is_waiting,
              coalesce(edit.text, ''), job.reason
          FROM job LEFT JOIN edit ON edit.id = iif(job.is_assigned, job.route_edit_id, job.edit_id)
          WHERE job.id = :job)sql"),
      job_of(database, R"sql(
          SELECT job.id, job.state, coalesce(edit.text, ''),
              -- Given up there by the machine, which moved it on or back; a person who gives one up means it.
              job.state = 'cancelled' AND job.reason = 'moved' AND job.actor = 'bridge'
                  AND job.stands_in_for IS NOT NULL
          FROM job LEFT JOIN edit ON edit.id = iif(job.is_assigned, job.route_edit_id, job.edit_id)
          WHERE job.instance_id = :instance AND job.destination_id = :destination)sql"),
      last_job(database, "SELECT coalesce(max(id), 0) FROM job"),
      act_on_study(database, sql::act_on_study),
      act_on_accession(database, sql::act_on_accession),
      act_on_patient(database, sql::act_on_patient),
      act_on_destination(database, sql::act_on_destination),
      act_on_any(database, sql::act_on_any),

      find_destination(database, "SELECT id FROM destination WHERE name = :name"),
      is_configured(database, "SELECT is_configured FROM destination WHERE id = :destination"),
      destination_name(database, "SELECT name FROM destination WHERE id = :destination"),
      configured(database, "SELECT id, name FROM destination WHERE is_configured = 1"),
      configure(database, R"sql(
          INSERT INTO destination (name, kind, is_configured, first_configured_at_ms, confirms, registers, notifies,
              identity)
          VALUES (:name, :kind, 1, :now, :confirms, :registers, :notifies, :identity)
          ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, is_configured = 1, confirms = excluded.confirms,
              registers = excluded.registers, notifies = excluded.notifies, identity = excluded.identity
          WHERE kind <> excluded.kind OR is_configured = 0 OR confirms <> excluded.confirms
              OR registers <> excluded.registers OR notifies <> excluded.notifies
              OR identity <> excluded.identity)sql"),
      set_failover(database, R"sql(
          UPDATE destination SET failover_id = :other, failover_since_ms = iif(:other IS NULL, NULL, :now)
          WHERE id = :destination AND failover_id IS NOT :other)sql"),
      // Its lane is gone; should it come back, the new lane finds out for itself how the destination is.
      unconfigure(database, R"sql(
          UPDATE destination SET is_configured = 0, held_at_ms = NULL, held_reason = '', failing_since_ms = NULL,
              failure_count = 0, next_try_at_ms = NULL, confirms = 0, notifies = 0
          WHERE id = :destination)sql"),
      // Nobody asks there any more, and what was delivered must not be kept for ever because of that.
      forget_confirmation(database, R"sql(
          UPDATE job SET confirm_due_at_ms = NULL, changed_at_ms = :now, verb = 'ask', actor = 'bridge', note = ''
          WHERE id IN (SELECT job.id FROM destination CROSS JOIN job INDEXED BY job_to_confirm
                           ON job.destination_id = destination.id
                       WHERE destination.confirms = 0 AND job.confirm_due_at_ms IS NOT NULL
                       LIMIT :limit))sql"),
      hold_removed(database, R"sql(
          UPDATE job SET state = 'held', reason = 'destination_removed', is_waiting = 0, changed_at_ms = :now,
              verb = 'hold', actor = 'bridge', note = ''
          WHERE id IN (SELECT job.id FROM destination CROSS JOIN job INDEXED BY job_open
                           ON job.destination_id = destination.id
                       WHERE destination.is_configured = 0 AND job.state IN ('queued', 'uncertain')
                           AND job.state IN ('queued', 'sending', 'uncertain', 'held') -- the index's own condition
                       LIMIT :limit))sql"),
      release_returned(database, R"sql(
          UPDATE job SET
              state = iif(attempt.outcome IS 'unknown', 'uncertain', 'queued'),
              reason = iif(attempt.outcome IS 'unknown', 'no_response', ''),
              digest = coalesce((SELECT digest FROM derived_blob WHERE digest = job.digest AND blob_state = 'kept'),
                                (SELECT digest FROM instance WHERE id = job.instance_id)),
              is_edited = job.is_edited AND EXISTS (SELECT 1 FROM derived_blob
                                                    WHERE digest = job.digest AND blob_state = 'kept'),
              is_registered = is_registered OR NOT (SELECT registers FROM destination WHERE id = job.destination_id),
              due_at_ms = :now, changed_at_ms = :now, verb = 'release', actor = 'bridge', note = ''
          FROM (SELECT job.id, job.attempt_id FROM job INDEXED BY job_by_reason
                    JOIN destination ON destination.id = job.destination_id
                    JOIN instance ON instance.id = job.instance_id
                WHERE job.reason = 'destination_removed' AND job.reason <> '' AND job.state = 'held'
                    AND destination.is_configured = 1 AND instance.blob_state = 'kept'
                LIMIT :limit) AS back
              LEFT JOIN attempt ON attempt.id = back.attempt_id
          WHERE job.id = back.id)sql"),
      lane_facts(database, R"sql(
          SELECT name, paused_at_ms, held_reason, failing_since_ms FROM destination WHERE id = :destination)sql"),
      pause(database, R"sql(
          UPDATE destination SET paused_at_ms = :now, paused_until_ms = :until, paused_by = :actor,
              paused_reason = :reason
          WHERE id = :destination)sql"),
      resume(database, R"sql(
          UPDATE destination SET paused_at_ms = NULL, paused_until_ms = NULL, paused_by = '', paused_reason = '',
              next_try_at_ms = iif(next_try_at_ms IS NULL, NULL, min(next_try_at_ms, :now))
          WHERE id = :destination)sql"),
      // Verbs that stand for themselves in the attempts, not in the history: resuming is one row, not one per job.
      // What the quiet period and the time window keep back was not stopped by the pause: resuming doesn't hurry it.
      make_due(database, R"sql(
          UPDATE job SET due_at_ms = min(due_at_ms, :now + 1000 * coalesce(late.place / :per_second, 0)),
              changed_at_ms = :now, verb = iif(state = 'queued', 'postpone', 'ask'), actor = :actor, note = ''
          FROM (SELECT id, row_number() OVER (ORDER BY priority, id) - 1 AS place
                FROM job
                WHERE destination_id = :destination AND state IN ('queued', 'uncertain')
                    AND state IN ('queued', 'sending', 'uncertain', 'held') -- the condition of the index job_open
                    AND due_at_ms > :now AND reason NOT IN ('quiet_period', 'time_window')) AS late
          WHERE job.id = late.id)sql"),
      // Not what waits by design: that may be far away.
      pull_in(database, R"sql(
          UPDATE job SET due_at_ms = :now, changed_at_ms = :now, verb = iif(state = 'queued', 'postpone', 'ask'),
              actor = 'bridge', note = ''
          WHERE id IN (SELECT * FROM (SELECT id FROM job INDEXED BY job_due
                                      WHERE destination_id = :destination AND state = 'queued' AND priority = :priority
                                          AND due_at_ms > :latest AND NOT is_waiting
                                      LIMIT :limit)
                       UNION ALL
                       SELECT * FROM (SELECT id FROM job INDEXED BY job_uncertain
                                      WHERE destination_id = :destination AND state = 'uncertain'
                                          AND due_at_ms > :latest
                                      LIMIT :limit)))sql"),
      failing(database, R"sql(
          UPDATE destination SET failing_since_ms = coalesce(failing_since_ms, :now), failure_count = :failure_count,
              next_try_at_ms = :next_try_at, last_error = :error, last_error_at_ms = :now
          WHERE id = :destination)sql"),
      hold_lane(database, R"sql(
          UPDATE destination SET held_at_ms = coalesce(held_at_ms, :now), held_reason = :reason,
              failing_since_ms = coalesce(failing_since_ms, :now), failure_count = failure_count + 1,
              next_try_at_ms = :next_try_at, last_error = :error, last_error_at_ms = :now
          WHERE id = :destination)sql"),
      recover_lane(database, R"sql(
          UPDATE destination SET held_at_ms = NULL, held_reason = '', failing_since_ms = NULL, failure_count = 0,
              next_try_at_ms = NULL
          WHERE id = :destination)sql"),
      // Outcomes are written after they happened: one may come to the books behind what happened after it.
      note_error(database, R"sql(
          UPDATE destination SET last_error = :error, last_error_at_ms = :at
          WHERE id = :destination AND (last_error_at_ms IS NULL OR last_error_at_ms <= :at))sql"),

      blob_owner(database, R"sql(
          SELECT id FROM instance WHERE digest = :digest
          UNION ALL SELECT instance_id FROM derived_blob WHERE digest = :digest)sql"),
      damage(database, R"sql(
          UPDATE instance SET blob_state = 'damaged', blob_changed_at_ms = :now
          WHERE digest = :digest AND blob_state = 'kept')sql"),
      damage_derived(database, R"sql(
          UPDATE derived_blob SET blob_state = 'damaged', blob_changed_at_ms = :now
          WHERE digest = :digest AND blob_state = 'kept')sql"),
      // The instance's own blob can be sent, or another one made of it: nobody has to send the instance again.
      fall_back(database, R"sql(
          UPDATE job SET digest = instance.digest, is_edited = 0, changed_at_ms = :now,
              verb = iif(job.state = 'queued', 'prepare', 'ask'), actor = 'bridge', note = ''
          FROM instance
          WHERE job.instance_id IN (SELECT version.id FROM instance AS owner
                                        JOIN instance AS version ON version.sop_instance_uid = owner.sop_instance_uid
                                    WHERE owner.id = :instance)
              AND job.digest = :digest AND job.state IN ('queued', 'uncertain')
              AND instance.id = job.instance_id AND instance.digest <> :digest AND instance.blob_state = 'kept')sql"),
      hold_damaged(database, R"sql(
          UPDATE job SET state = 'held', reason = 'damaged', is_waiting = 0, changed_at_ms = :now, verb = 'hold',
              actor = 'bridge', note = ''
          WHERE instance_id IN (SELECT version.id FROM instance AS owner
                                    JOIN instance AS version ON version.sop_instance_uid = owner.sop_instance_uid
                                WHERE owner.id = :instance)
              AND digest = :digest AND state IN ('queued', 'uncertain'))sql"),
      // 'purging' and 'purged' don't name it: their bytes are on the way out.
      names(database, R"sql(
          SELECT EXISTS (SELECT 1 FROM instance WHERE digest = :digest AND blob_state IN ('kept', 'damaged'))
              OR EXISTS (SELECT 1 FROM derived_blob WHERE digest = :digest AND blob_state IN ('kept', 'damaged')))sql"),
      retained(database, R"sql(
          SELECT id, digest FROM instance INDEXED BY instance_retained
          WHERE finished_at_ms IS NOT NULL AND finished_at_ms < :before AND blob_state = 'kept'
              AND NOT EXISTS (SELECT 1 FROM job
                              WHERE job.instance_id = instance.id AND job.confirm_due_at_ms IS NOT NULL)
          ORDER BY finished_at_ms
          LIMIT :limit)sql"),
      begin_purge(database, R"sql(
          UPDATE instance SET blob_state = 'purging', blob_changed_at_ms = :now
          WHERE id = :instance AND blob_state = 'kept' AND finished_at_ms IS NOT NULL)sql"),
      // Two versions of an instance may have come to the same blob: it goes with the last one that needs it.
      begin_purge_derived(database, R"sql(
          UPDATE derived_blob SET blob_state = 'purging', blob_changed_at_ms = :now
          WHERE blob_state IN ('kept', 'damaged')
              AND instance_id IN (SELECT version.id FROM instance AS this
                                      JOIN instance AS version ON version.sop_instance_uid = this.sop_instance_uid
                                  WHERE this.id = :instance AND version.blob_state <> 'kept')
              AND NOT EXISTS (SELECT 1 FROM instance AS owner
                                  JOIN instance AS version ON version.sop_instance_uid = owner.sop_instance_uid
                                  JOIN job ON job.instance_id = version.id
                              WHERE owner.id = derived_blob.instance_id AND job.digest = derived_blob.digest
                                  AND job.state IN ('queued', 'sending', 'uncertain', 'held'))
          RETURNING digest)sql"),
      // As `names` says: an accept may have brought the same bytes back under another row since the mark.
      purging(database, R"sql(
          SELECT digest FROM (SELECT digest FROM instance WHERE blob_state = 'purging'
                              UNION SELECT digest FROM derived_blob WHERE blob_state = 'purging') AS marked
          WHERE NOT EXISTS (SELECT 1 FROM instance
                            WHERE digest = marked.digest AND blob_state IN ('kept', 'damaged'))
              AND NOT EXISTS (SELECT 1 FROM derived_blob
                              WHERE digest = marked.digest AND blob_state IN ('kept', 'damaged'))
          LIMIT :limit)sql"),
      end_purge(database, R"sql(
          UPDATE instance SET blob_state = 'purged', blob_changed_at_ms = :now
          WHERE digest = :digest AND blob_state = 'purging')sql"),
      end_purge_derived(database, R"sql(
          UPDATE derived_blob SET blob_state = 'purged', blob_changed_at_ms = :now
          WHERE digest = :digest AND blob_state = 'purging')sql"),
      verified(database, R"sql(
          UPDATE instance SET verified_at_ms = :now WHERE digest = :digest AND blob_state = 'kept')sql"),

      make_pledge(database, R"sql(
          INSERT INTO pledge (transaction_uid, calling_ae_title, called_ae_title, address, sender, wants_delivery,
              asked_at_ms, due_at_ms)
          VALUES (:transaction, :calling_ae_title, :called_ae_title, :address, :sender, :wants_delivery, :now, :now)
          ON CONFLICT (calling_ae_title, transaction_uid) DO NOTHING)sql"),
      add_to_pledge(database, R"sql(
          INSERT INTO pledge_item (pledge_id, sop_instance_uid, sop_class_uid)
          VALUES (:pledge, :sop_instance_uid, :sop_class_uid)
          ON CONFLICT DO NOTHING)sql"),
      put_off_pledge(database, R"sql(
          UPDATE pledge SET due_at_ms = :due_at, tries = tries + :counts WHERE id = :pledge AND reported_at_ms IS NULL)sql"),
      end_pledge(database, R"sql(
          UPDATE pledge SET reported_at_ms = :now WHERE id = :pledge AND reported_at_ms IS NULL)sql"),

      enter_stage(database, sql::enter_stage),
      note_order(database, sql::note_order),
      object(database, sql::object),
      register_study(database, sql::register_study),
      forget_study(database, sql::forget_study),
      register_job(database, sql::register_job),
      unregister_jobs(database, sql::unregister_jobs),
      postpone_study(database, sql::postpone_study),
      hold_study(database, sql::hold_study),

      registers(database, sql::registers),
      assigned_number(database, sql::assigned_number),
      assigned_edits(database, sql::assigned_edits),
      make_assignment(database, sql::make_assignment),
      begin_looking(database, sql::begin_looking),
      assignable(database, sql::assignable),
      unassignable(database, sql::unassignable),
      assignable_one(database, sql::assignable_one),
      assign(database, sql::assign),
      put_off_notice(database, sql::put_off_notice),
      end_notice(database, sql::end_notice),
      hurry_notices(database, sql::hurry_notices),

      raise_alarm(database, sql::raise_alarm),
      change_alarm(database, sql::change_alarm),
      clear_alarm(database, sql::clear_alarm),
      configure_recipient(database, sql::configure_recipient),
      configured_recipients(database, sql::configured_recipients),
      unconfigure_recipient(database, sql::unconfigure_recipient),
      drop_messages(database, sql::drop_messages),
      put_off_message(database, sql::put_off_message),
      end_message(database, sql::end_message),
      hurry_messages(database, sql::hurry_messages),
      note_space(database, sql::note_space),
      drop_space(database, sql::drop_space),

      add_user(database, sql::add_user),
      change_password(database, sql::change_password),
      remove_user(database, sql::remove_user),
      add_token(database, sql::add_token),
      remove_token(database, sql::remove_token),
      record_look(database, sql::record_look),

      seen(database, R"sql(
          INSERT INTO sender (calling_ae_title, address, name, first_seen_at_ms, last_received_at_ms, receipts,
              last_seen_at_ms, refused, refused_reason)
          VALUES (:calling_ae_title, :address, :name, :now, 0, 0, :now, :refused, :refused_reason)
          ON CONFLICT (calling_ae_title, address) DO UPDATE SET
              name = excluded.name,
              last_seen_at_ms = max(last_seen_at_ms, excluded.last_seen_at_ms),
              refused = refused + excluded.refused,
              refused_reason = iif(excluded.refused > 0, excluded.refused_reason, refused_reason))sql"),
      // A scanner of ports that makes up AE titles would fill the table: of those that never brought anything the one
      // that was seen last long ago makes room.
      drop_stranger(database, R"sql(
          DELETE FROM sender
          WHERE (calling_ae_title, address) = (SELECT calling_ae_title, address FROM sender INDEXED BY sender_stranger
                                               WHERE receipts = 0 ORDER BY last_seen_at_ms LIMIT 1)
              AND (SELECT count(*) FROM sender INDEXED BY sender_stranger WHERE receipts = 0) >= :most
              AND NOT EXISTS (SELECT 1 FROM sender AS known
                              WHERE known.calling_ae_title = :calling_ae_title AND known.address = :address))sql"),

      record(database, R"sql(
          INSERT INTO history_entry (at_ms, event, actor, instance_id, job_id, destination, sop_instance_uid, digest, detail)
          VALUES (:now, :event, :actor, NULL, NULL, :destination, '', '', :detail))sql") {}

}  // namespace outbox
