/// Writer: what the outbox's verbs share: the connection, its statements, this process's generation.
///
/// One thread, the Outbox's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "outbox/database.h"
#include "outbox/error.h"
#include "outbox/outbox.h"
#include "outbox/statements.h"

namespace outbox {

struct Writer {
    Writer(const std::filesystem::path& file, const std::string& node, bool was_clean);

    Database database;
    Statements statements;
    GenerationId generation;

    /// A Transaction exists; SQLite may have rolled it back by itself (disk full), then `lost` says why, if we saw it.
    bool is_open = false;
    std::optional<Error> lost;
    /// PRAGMA data_version after our last transaction: another value means that somebody else wrote.
    std::int64_t data_version = 0;

    /// Every verb's first line. Asserts a Transaction; throws Error when SQLite has ended it: what follows would commit
    /// by itself, statement by statement.
    void require_transaction();
    /// The job's present state; nothing when there is no such job.
    std::optional<State> state_of(JobId job);
    const std::string& name_of(DestinationId destination);
    /// A history row about a destination, or about nothing in particular ("").
    void record(std::string_view event, std::string_view actor, std::string_view destination, std::string_view detail,
                Instant now);
    /// Forgets what was read in a transaction that is undone.
    void forget() { names_.clear(); }

private:
    std::unordered_map<std::int64_t, std::string> names_;  ///< of destinations: they never change
};

struct Outbox::Parts : Writer {
    using Writer::Writer;
};

}  // namespace outbox
