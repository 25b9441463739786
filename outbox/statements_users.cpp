/// The SQL of users: adding and removing those who may log in, and tokens; what they looked at.
#include "outbox/statements.h"

namespace outbox::sql {

const char* const add_user = R"sql(
INSERT INTO user (name, role, password, added_at_ms, added_by, password_at_ms, password_by)
SELECT :name, :role, :password, :now, :actor, :now, :actor
WHERE NOT EXISTS (SELECT 1 FROM user WHERE (name = :name OR :only_first) AND removed_at_ms IS NULL)
RETURNING id
)sql";

const char* const change_password = R"sql(
UPDATE user SET password = :password, password_at_ms = :now, password_by = :actor
WHERE name = :name AND removed_at_ms IS NULL
)sql";

const char* const remove_user = R"sql(
UPDATE user SET password = '', removed_at_ms = :now, removed_by = :actor
WHERE name = :name AND removed_at_ms IS NULL
)sql";

const char* const add_token = R"sql(
INSERT INTO token (name, role, hash, user_id, added_at_ms, added_by, expires_at_ms)
SELECT :name, :role, :hash, :user, :now, :actor, :expires_at
WHERE NOT EXISTS (SELECT 1 FROM token WHERE name = :name AND removed_at_ms IS NULL)
    AND (:user IS NULL OR EXISTS (SELECT 1 FROM user WHERE id = :user AND removed_at_ms IS NULL))
RETURNING id
)sql";

const char* const remove_token = R"sql(
UPDATE token SET removed_at_ms = :now, removed_by = :actor
WHERE id = :token AND removed_at_ms IS NULL
)sql";

// It refers to the newest version of the instance, or to any instance of the study: so the look is found by patient,
// accession number and study without naming them.
const char* const record_look = R"sql(
INSERT INTO history_entry (at_ms, event, actor, instance_id, job_id, destination, sop_instance_uid, digest, detail)
SELECT :now, 'looked', :actor, instance.id, NULL, '', iif(:instance <> '', coalesce(instance.sop_instance_uid, ''), ''),
    '', :detail
FROM (SELECT 1) LEFT JOIN instance ON instance.id = coalesce(
    (SELECT id FROM instance WHERE sop_instance_uid = :instance ORDER BY version DESC LIMIT 1),
    (SELECT id FROM instance INDEXED BY instance_by_series WHERE study_instance_uid = :study LIMIT 1))
)sql";

}  // namespace outbox::sql
