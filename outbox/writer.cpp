#include "outbox/writer.h"

#include <cassert>

#include "outbox/migrator.h"

namespace outbox {

/// The statements can only be prepared once the schema is there.
static Database& ready(Database& database, bool was_clean) {
    if (!was_clean) {
        const auto said = database.text("PRAGMA quick_check(1)");
        if (said != "ok") throw Error(Errc::damaged, "outbox: the database is damaged: " + said + ". Restore a backup");
        if (database.number("SELECT count(*) FROM pragma_foreign_key_check") != 0) {
            throw Error(Errc::damaged,
                        "outbox: the database is damaged: rows refer to rows that are gone. Restore a backup");
        }
    }
    migrate(database);
    return database;
}

Writer::Writer(const std::filesystem::path& file, const std::string& node, bool was_clean)
    : database(file, Database::Role::writer), statements(ready(database, was_clean)) {
    database.execute("BEGIN IMMEDIATE");
    try {
        Statement keep(database, R"sql(
            INSERT INTO node VALUES (1, :name) ON CONFLICT DO UPDATE SET name = excluded.name WHERE name <> excluded.name)sql");
        Cursor(keep).bind(":name", node).run();
        database.execute("COMMIT");
    } catch (...) {
        if (database.is_in_transaction()) database.execute("ROLLBACK");
        throw;
    }
    data_version = database.number("PRAGMA data_version");
}

void Writer::require_transaction() {
    assert(is_open && "a verb outside of a Transaction");
    if (database.is_in_transaction()) return;
    if (lost) throw Error(*lost);
    throw Error(Errc::io, "outbox: the transaction ended by itself");
}

std::optional<State> Writer::state_of(JobId job) {
    Cursor row(statements.job_state);
    row.bind(":job", job);
    if (!row.step()) return std::nullopt;
    return parse_state(row.text(0));
}

const std::string& Writer::name_of(DestinationId destination) {
    const auto known = names_.find(destination.value);
    if (known != names_.end()) return known->second;
    Cursor row(statements.destination_name);
    row.bind(":destination", destination);
    [[maybe_unused]] const bool is_there = row.step();
    assert(is_there && "a destination that was never configured");
    return names_.emplace(destination.value, row.text(0)).first->second;
}

void Writer::record(std::string_view event, std::string_view actor, std::string_view destination,
                    std::string_view detail, Instant now) {
    Cursor(statements.record)
        .bind(":now", now)
        .bind(":event", event)
        .bind(":actor", actor)
        .bind(":destination", destination)
        .bind(":detail", detail)
        .run();
}

}  // namespace outbox
