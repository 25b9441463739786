#include "outbox/migrator.h"

#include "outbox/error.h"
#include "outbox/statement.h"

namespace outbox {

static std::int64_t version_of(Database& database, std::span<const Migration> steps) {
    const auto version = database.number("PRAGMA user_version");
    const auto newest = static_cast<std::int64_t>(steps.size());
    if (database.number("PRAGMA application_id") != application_id && version != 0) {
        throw Error(Errc::damaged, "the database belongs to another program: name another data_dir");
    }
    if (version > newest) {
        throw Error(Errc::newer,
                    "the database has schema " + std::to_string(version) + ", this program knows " +
                        std::to_string(newest) +
                        ": a newer dicom-bridge wrote it. Install that version again, or restore a backup");
    }
    return version;
}

static void apply(Database& database, const Migration& step) {
    // IMMEDIATE: a second process that migrates at the same time waits here, or is told that the database is in use.
    database.execute("BEGIN IMMEDIATE");
    try {
        // The version is part of the transaction, as all of a database's header is.
        if (database.number("PRAGMA user_version") < step.number) {
            database.execute(step.sql);
            database.execute("PRAGMA application_id = " + std::to_string(application_id));
            database.execute("PRAGMA user_version = " + std::to_string(step.number));
        }
        database.execute("COMMIT");
    } catch (...) {
        if (database.is_in_transaction()) database.execute("ROLLBACK");
        throw;
    }
}

void migrate(Database& database, std::span<const Migration> steps) {
    const auto version = version_of(database, steps);
    for (const auto& step : steps.subspan(static_cast<std::size_t>(version))) apply(database, step);
}

void check_version(Database& database, std::span<const Migration> steps) {
    const auto version = version_of(database, steps);
    if (version != static_cast<std::int64_t>(steps.size())) {
        throw Error(Errc::damaged, "the database has schema " + std::to_string(version) + ", this program needs " +
                                       std::to_string(steps.size()) + ": run `dicom-bridge serve` once to bring it up");
    }
}

std::string schema_text(Database& database) {
    Statement objects(database, R"(
        SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
        ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, name)");
    std::string text;
    for (Cursor row(objects); row.step();) text.append(row.text(0)).append(";\n");
    return text;
}

}  // namespace outbox
