/// The SQL that finds the jobs a person's verb by filter acts on: the same question, once per leading filter.
#include "outbox/statements.h"

// Literals joined by the compiler: each statement is one constant, and the five cannot come to differ in what matches.
// :from and :to are a window of job numbers, so that a slice reads a bounded number of rows however few of them match;
// the plus signs keep SQLite from walking that window where the instance leads.
#define MATCHES                                                                                                  \
    "\n    AND job.state IN (:state_1, :state_2, :state_3)"                                                      \
    "\n    AND (:destination IS NULL OR job.destination_id = :destination)"                                      \
    "\n    AND (:state IS NULL OR job.state = :state)"                                                           \
    "\n    AND (:reason IS NULL OR job.reason = :reason)"                                                        \
    "\n    AND (:since IS NULL OR job.created_at_ms >= :since)"                                                  \
    "\n    AND (:until IS NULL OR job.created_at_ms < :until)"                                                   \
    "\n    AND (:older_than IS NULL OR job.owed_since_ms < :older_than)"                                         \
    "\n    AND (NOT :undelivered OR (job.is_waiting = 0 AND job.state NOT IN ('delivered', 'cancelled')))"       \
    "\n    AND (:sender IS NULL OR instance.sender = :sender OR instance.calling_ae_title = :sender OR EXISTS (" \
    "\n        SELECT 1 FROM receipt CROSS JOIN association ON association.id = receipt.association_id"          \
    "\n        WHERE receipt.instance_id = instance.id"                                                          \
    "\n            AND (association.sender = :sender OR association.calling_ae_title = :sender)))"               \
    "\n    AND (:modality IS NULL OR instance.modality = :modality)"                                             \
    "\n    AND (:study IS NULL OR instance.study_instance_uid = :study)"                                         \
    "\n    AND (:accession IS NULL OR instance.accession_number = :accession)"                                   \
    "\n    AND (:patient IS NULL OR instance.patient_id = :patient)"                                             \
    "\nORDER BY job.id LIMIT :limit"

namespace outbox::sql {

const char* const act_on_study = R"sql(
SELECT job.id, job.destination_id, job.due_at_ms FROM instance INDEXED BY instance_by_series CROSS JOIN job ON job.instance_id = instance.id
WHERE instance.study_instance_uid = :study AND +job.id BETWEEN :from AND :to)sql" MATCHES;

const char* const act_on_accession = R"sql(
SELECT job.id, job.destination_id, job.due_at_ms FROM instance INDEXED BY instance_by_accession CROSS JOIN job ON job.instance_id = instance.id
WHERE instance.accession_number = :accession AND instance.accession_number <> ''
    AND +job.id BETWEEN :from AND :to)sql" MATCHES;

const char* const act_on_patient = R"sql(
SELECT job.id, job.destination_id, job.due_at_ms FROM instance INDEXED BY instance_by_patient CROSS JOIN job ON job.instance_id = instance.id
WHERE instance.patient_id = :patient AND instance.patient_id <> '' AND +job.id BETWEEN :from AND :to)sql" MATCHES;

const char* const act_on_destination = R"sql(
SELECT job.id, job.destination_id, job.due_at_ms FROM job INDEXED BY job_by_destination CROSS JOIN instance ON instance.id = job.instance_id
WHERE job.destination_id = :destination AND job.id BETWEEN :from AND :to)sql" MATCHES;

const char* const act_on_any = R"sql(
SELECT job.id, job.destination_id, job.due_at_ms FROM job NOT INDEXED CROSS JOIN instance ON instance.id = job.instance_id
WHERE job.id BETWEEN :from AND :to)sql" MATCHES;

}  // namespace outbox::sql
