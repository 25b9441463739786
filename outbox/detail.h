/// The SQLite function `detail`, with which the schema's triggers write the detail of a history row as JSON.
///
/// SQLite has json_object, but 3.40 counts it as unsafe in a schema under trusted_schema=OFF.
#pragma once

struct sqlite3;

namespace outbox {

/// Makes `detail(key, value, …)` known to a connection, deterministic and innocuous: a JSON object of the pairs in
/// their order. Text becomes a string, an integer a number, NULL null; a value whose key ends in '=' is JSON already
/// and stands as it is. Throws Error.
void register_detail(sqlite3* connection);

}  // namespace outbox
