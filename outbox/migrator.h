/// Migrator: brings a database's schema up to this program's version, one transaction per step.
///
/// Pure in its Database; one thread. The version is PRAGMA user_version, the number of the last migration. It is
/// written in the migration's own transaction: a killed process leaves the older schema or the newer one, never a
/// mixture.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "outbox/database.h"

namespace outbox {

/// One file of migrations/. Never edited once landed.
struct Migration {
    std::int64_t number;
    const char* name;
    const char* sql;
};

/// All of them, from 1 without a gap; embedded in the program when it is built.
extern const std::span<const Migration> migrations;

/// On return the database is ours and at the version of the last of `steps`, durably.
/// Throws Error: newer (written by a newer program; untouched), damaged (another program's database; untouched),
/// no_space or io (at the version of some step).
void migrate(Database& database, std::span<const Migration> steps = migrations);

/// The same checks, without changing anything: for readers. An older version is damaged to them: no writer opened it.
void check_version(Database& database, std::span<const Migration> steps = migrations);

/// What the migrations made: every object's SQL, tables first, by name. The text of migrations/schema.sql.
std::string schema_text(Database& database);

}  // namespace outbox
