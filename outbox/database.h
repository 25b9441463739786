/// Database: one connection to the outbox's file, with the settings that its promises rest on.
///
/// One thread at a time; must outlive its Statements. At most one writer per file, any number of readers beside it:
/// SQLite 3.40.1 may lose a commit when two connections commit or checkpoint at the same moment, so readers do neither.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

struct sqlite3;

namespace outbox {

/// Names a database of ours (PRAGMA application_id): "DBox" in ASCII.
inline constexpr std::int64_t application_id = 0x44426F78;

class Database {
public:
    enum class Role { writer, reader };

    /// Opens `file`; a writer makes it when it is absent, and then syncs the folder, so that a power cut cannot take
    /// the new name away. On return the settings are in force, `synchronous` and `journal_mode` read back. Throws
    /// Error: damaged (not a database), in_use, no_space, io (a reader: also when the file is absent).
    Database(const std::filesystem::path& file, Role role);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs SQL without parameters; rows are thrown away.
    void execute(const char* sql);
    void execute(const std::string& sql) { execute(sql.c_str()); }
    /// The first column of the first row, as a number or as text; 0 or "" without a row.
    std::int64_t number(const char* sql);
    std::string text(const char* sql);

    /// Rows changed by the last INSERT, UPDATE or DELETE itself, not by its triggers.
    std::int64_t changes() const;
    std::int64_t last_insert_id() const;
    /// False also after SQLite rolled a transaction back by itself (disk full).
    bool is_in_transaction() const;
    /// Moves WAL pages into the database as far as readers let it; `truncate` also empties the WAL. Writer only.
    void checkpoint(bool truncate);
    /// Pages in the WAL after this connection's last commit.
    std::int64_t wal_pages() const { return wal_pages_; }

    sqlite3* connection() const { return connection_; }
    /// Throws what the connection's last error `code` means to a caller; `doing` says what was being done.
    [[noreturn]] void fail(int code, const std::string& doing) const;

private:
    void open(const std::filesystem::path& file);
    void set_up();
    void set_up_writer();

    sqlite3* connection_ = nullptr;
    Role role_;
    std::int64_t wal_pages_ = 0;
};

}  // namespace outbox
