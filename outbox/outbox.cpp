/// The outbox's frame: opening, transactions, checkpoints, and a process's life. The verbs: custody.cpp, settling.cpp,
/// operations.cpp, destinations.cpp, blobs.cpp.
#include "outbox/outbox.h"

#include <algorithm>
#include <cassert>

#include "outbox/writer.h"

namespace outbox {

Outbox::Outbox(const std::filesystem::path& file, const std::string& node, bool was_clean)
    : parts_(std::make_unique<Parts>(file, node, was_clean)) {}

Outbox::~Outbox() = default;

Outbox::Transaction::Transaction(Outbox& outbox) : outbox_(outbox) {
    auto& writer = *outbox_.parts_;
    assert(!writer.is_open && "one transaction at a time");
    Cursor(writer.statements.begin).run();
    writer.is_open = true;
    writer.lost.reset();
    Cursor version(writer.statements.data_version);
    version.step();
    if (version.number(0) == writer.data_version) return;
    writer.is_open = false;
    writer.database.execute("ROLLBACK");
    throw Error(Errc::in_use, "outbox: another process wrote to the database: two brokers on one data_dir?");
}

/// SQLite counts its own recovery from a full disk as a change by somebody else; only between transactions is it one.
static void end(Writer& writer) {
    writer.is_open = false;
    if (writer.database.is_in_transaction()) Cursor(writer.statements.rollback).run();
    writer.forget();
    writer.data_version = writer.database.number("PRAGMA data_version");
}

Outbox::Transaction::~Transaction() {
    if (!is_open_) return;
    try {
        end(*outbox_.parts_);
    } catch (const Error&) {
        // Nothing was promised. The next transaction meets the same trouble and says so.
    }
}

void Outbox::Transaction::savepoint(const std::function<void()>& piece) {
    auto& writer = *outbox_.parts_;
    writer.require_transaction();
    Cursor(writer.statements.open_savepoint).run();
    try {
        piece();
        writer.require_transaction();
        Cursor(writer.statements.release_savepoint).run();
    } catch (const Error& error) {
        if (!writer.database.is_in_transaction() && !writer.lost) writer.lost = error;
        undo(writer);
        throw;
    } catch (...) {
        undo(writer);
        throw;
    }
}

void Outbox::Transaction::undo(Writer& writer) {
    writer.forget();
    if (!writer.database.is_in_transaction()) return;
    Cursor(writer.statements.undo_savepoint).run();
    Cursor(writer.statements.release_savepoint).run();
}

void Outbox::Transaction::commit() {
    auto& writer = *outbox_.parts_;
    writer.require_transaction();
    Cursor(writer.statements.commit).run();
    is_open_ = false;
    writer.is_open = false;
}

void Outbox::checkpoint(bool truncate) {
    parts_->database.checkpoint(truncate);
}

std::int64_t Outbox::wal_pages() const {
    return parts_->database.wal_pages();
}

GenerationId Outbox::begin_generation(std::string_view version, Instant now) {
    parts_->require_transaction();
    Cursor(parts_->statements.begin_generation).bind(":version", version).bind(":now", now).run();
    parts_->generation = {parts_->database.last_insert_id()};
    return parts_->generation;
}

void Outbox::end_generation(Instant now) {
    parts_->require_transaction();
    Cursor(parts_->statements.end_generation).bind(":now", now).bind(":generation", parts_->generation).run();
}

Recovered Outbox::recover(std::span<const std::string> repeatable_kinds, std::size_t limit, Instant now) {
    parts_->require_transaction();
    struct Dead {
        Settlement settlement;
        bool is_repeatable;
    };
    std::vector<Dead> dead;
    Cursor row(parts_->statements.dead_sending);
    row.bind(":generation", parts_->generation).bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) {
        const bool is_repeatable = std::ranges::find(repeatable_kinds, row.text(2)) != repeatable_kinds.end();
        dead.push_back(
            {{row.id<JobId>(0), row.id<AttemptId>(1), now, std::nullopt, "the broker stopped", 0}, is_repeatable});
    }
    Recovered recovered;
    for (const auto& [settlement, is_repeatable] : dead) {
        if (is_repeatable) {
            recovered.queued += defer(settlement, Reason::interrupted, now);
        } else {
            recovered.uncertain += doubt(settlement, Reason::stopped, now);
        }
    }
    return recovered;
}

}  // namespace outbox
