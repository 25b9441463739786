#include "outbox/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <memory>
#include <utility>

#include "outbox/chain_hash.h"
#include "outbox/detail.h"
#include "outbox/error.h"

namespace outbox {

static constexpr int busy_timeout_ms = 5'000;

/// A power cut must not take the database's name away once anything was promised in it.
static void sync_folder_of(const std::filesystem::path& file) {
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool is_synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!is_synced) {
        throw Error(Errc::io, folder.string() + ": the folder cannot be synced (errno " + std::to_string(error) +
                                  "): use a local disk");
    }
}

Database::Database(const std::filesystem::path& file, Role role) : role_(role) {
    try {
        open(file);
        set_up();
        if (role_ == Role::writer) {
            set_up_writer();
            sync_folder_of(file);
        }
    } catch (...) {
        sqlite3_close_v2(connection_);
        throw;
    }
}

Database::~Database() {
    sqlite3_close_v2(connection_);
}

void Database::open(const std::filesystem::path& file) {
    const int flags = role_ == Role::writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    const int code =
        sqlite3_open_v2(file.c_str(), &connection_, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    if (code != SQLITE_OK) fail(code, file.string() + " cannot be opened");
}

void Database::set_up() {
    sqlite3_busy_timeout(connection_, busy_timeout_ms);
    for (const auto& [option, value] :
         {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1}, std::pair{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
          std::pair{SQLITE_DBCONFIG_DQS_DML, 0}, std::pair{SQLITE_DBCONFIG_DQS_DDL, 0},
          // Two connections must never checkpoint: the writer alone does.
          std::pair{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, role_ == Role::reader ? 1 : 0}}) {
        const int code = sqlite3_db_config(connection_, option, value, nullptr);
        if (code != SQLITE_OK) fail(code, "a connection cannot be set up");
    }
    register_chain_hash(connection_);
    register_detail(connection_);
    // No mmap: an I/O error would be a SIGBUS, and mapped pages widen the WAL-reset bug.
    execute("PRAGMA mmap_size = 0");
    execute("PRAGMA wal_autocheckpoint = 0");
    execute("PRAGMA cell_size_check = ON");
    execute("PRAGMA temp_store = MEMORY");  // no statement journals in /tmp, which may be full when the disk is not
    if (role_ == Role::reader) execute("PRAGMA query_only = ON");
}

void Database::set_up_writer() {
    const auto id = number("PRAGMA application_id");
    if (id != application_id && (id != 0 || number("SELECT count(*) FROM sqlite_schema") != 0)) {
        throw Error(Errc::damaged, "the database belongs to another program: name another data_dir");
    }
    if (text("PRAGMA journal_mode = WAL") != "wal") {
        throw Error(Errc::io, "the database cannot keep a write-ahead log here: use a local disk (ext4, XFS)");
    }
    execute("PRAGMA synchronous = FULL");
    execute("PRAGMA foreign_keys = ON");
    execute("PRAGMA journal_size_limit = 67108864");  // 64 MiB: what a burst left of the WAL is given back
    execute("PRAGMA cache_size = -32768");            // 32 MiB: the upper pages of all indexes of millions of jobs
    if (number("PRAGMA synchronous") != 2 || number("PRAGMA foreign_keys") != 1) {
        throw Error(Errc::io,
                    "the database refuses synchronous=FULL or foreign keys: another SQLite library is loaded?");
    }
    const auto remember = [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Database*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(connection_, remember, this);
}

void Database::execute(const char* sql) {
    const int code = sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code, std::string(sql).substr(0, 60));
}

static std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> first_row(Database& database, const char* sql) {
    sqlite3_stmt* handle = nullptr;
    const int prepared = sqlite3_prepare_v2(database.connection(), sql, -1, &handle, nullptr);
    if (prepared != SQLITE_OK) database.fail(prepared, sql);
    std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(handle, sqlite3_finalize);
    const int code = sqlite3_step(handle);
    if (code == SQLITE_DONE) return {nullptr, sqlite3_finalize};
    if (code != SQLITE_ROW) database.fail(code, sql);
    return statement;
}

std::int64_t Database::number(const char* sql) {
    const auto row = first_row(*this, sql);
    return row ? sqlite3_column_int64(row.get(), 0) : 0;
}

std::string Database::text(const char* sql) {
    const auto row = first_row(*this, sql);
    const auto* words = row ? sqlite3_column_text(row.get(), 0) : nullptr;
    return words ? reinterpret_cast<const char*>(words) : "";
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(connection_);
}

std::int64_t Database::last_insert_id() const {
    return sqlite3_last_insert_rowid(connection_);
}

bool Database::is_in_transaction() const {
    return sqlite3_get_autocommit(connection_) == 0;
}

void Database::checkpoint(bool truncate) {
    assert(role_ == Role::writer && !is_in_transaction());
    int pages = 0;
    int moved = 0;
    // Readers in the way are no reason to wait: the next checkpoint does the rest.
    sqlite3_busy_timeout(connection_, 0);
    const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    const int code = sqlite3_wal_checkpoint_v2(connection_, nullptr, mode, &pages, &moved);
    sqlite3_busy_timeout(connection_, busy_timeout_ms);
    if (code != SQLITE_OK && (code & 0xFF) != SQLITE_BUSY) fail(code, "the write-ahead log cannot be moved");
    if (pages >= 0) wal_pages_ = pages;
}

static Errc meaning(int code, int system_error) {
    const bool is_quota = system_error == EDQUOT || system_error == ENOSPC;
    // Growing the files failed and nothing was promised; a failed sync is never of this kind.
    if (is_quota && (code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_TRUNCATE)) {
        return Errc::no_space;
    }
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return Errc::no_space;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Errc::damaged;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Errc::in_use;
        case SQLITE_CONSTRAINT:
        case SQLITE_ERROR:
        case SQLITE_MISMATCH:
        case SQLITE_TOOBIG:
            return Errc::refused;
        default:
            return Errc::io;
    }
}

void Database::fail(int code, const std::string& doing) const {
    const std::string said = connection_ ? sqlite3_errmsg(connection_) : sqlite3_errstr(code);
    const int system_error = connection_ ? sqlite3_system_errno(connection_) : 0;
    throw Error(meaning(code, system_error),
                "outbox: " + doing + ": " + said + " (SQLite " + std::to_string(code) + ")");
}

}  // namespace outbox
