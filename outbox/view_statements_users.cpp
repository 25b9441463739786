/// The SQL of the questions about users and tokens.
#include "outbox/view_statements.h"

namespace outbox::sql {

const char* const users = R"sql(
SELECT id, name, role, password, added_at_ms, added_by, password_at_ms, password_by
FROM user WHERE removed_at_ms IS NULL
ORDER BY name
)sql";

const char* const user = R"sql(
SELECT id, name, role, password, added_at_ms, added_by, password_at_ms, password_by
FROM user WHERE name = :name AND removed_at_ms IS NULL
)sql";

const char* const tokens = R"sql(
SELECT token.id, token.name, token.role, coalesce(user.name, ''), token.added_at_ms, token.added_by, token.expires_at_ms
FROM token LEFT JOIN user ON user.id = token.user_id
WHERE token.removed_at_ms IS NULL
ORDER BY token.name
)sql";

const char* const token = R"sql(
SELECT token.id, token.name, token.role, coalesce(user.name, ''), token.added_at_ms, token.added_by, token.expires_at_ms
FROM token LEFT JOIN user ON user.id = token.user_id
WHERE token.hash = :hash AND token.removed_at_ms IS NULL
)sql";

}  // namespace outbox::sql
