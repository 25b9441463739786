#include "outbox/statement.h"

#include <sqlite3.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "outbox/error.h"

namespace outbox {

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
    const int code = sqlite3_prepare_v3(database.connection(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
    if (code == SQLITE_OK && handle_ != nullptr) return;
    if ((code & 0xFF) != SQLITE_ERROR) database.fail(code, "a statement cannot be prepared");
    // The SQL is ours and tested: the tables are not the ones that the migrations made.
    throw Error(Errc::damaged, std::string("outbox: the schema is not ours: ") + sqlite3_errmsg(database.connection()));
}

Statement::~Statement() {
    sqlite3_finalize(handle_);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)) {}

Cursor::Cursor(Statement& statement) : statement_(statement) {
    assert(!sqlite3_stmt_busy(statement.handle_));
}

Cursor::~Cursor() {
    sqlite3_reset(statement_.handle_);
    sqlite3_clear_bindings(statement_.handle_);
}

int Cursor::place(const char* name) const {
    const int place = sqlite3_bind_parameter_index(statement_.handle_, name);
    assert(place > 0);
    return place;
}

void Cursor::check(int code) const {
    if (code != SQLITE_OK) statement_.database_->fail(code, "a value cannot be bound");
}

Cursor& Cursor::bind(const char* name, std::int64_t value) {
    check(sqlite3_bind_int64(statement_.handle_, place(name), value));
    return *this;
}

Cursor& Cursor::bind(const char* name, std::string_view value) {
    // SQLite takes a null pointer for NULL, which an empty view may hold.
    const char* words = value.data() ? value.data() : "";
    check(sqlite3_bind_text64(statement_.handle_, place(name), words, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Cursor& Cursor::bind(const char* name, const Digest& value) {
    check(sqlite3_bind_blob64(statement_.handle_, place(name), value.data(), value.size(), SQLITE_TRANSIENT));
    return *this;
}

Cursor& Cursor::bind(const char* name, std::nullopt_t) {
    check(sqlite3_bind_null(statement_.handle_, place(name)));
    return *this;
}

bool Cursor::step() {
    const int code = sqlite3_step(statement_.handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    statement_.database_->fail(code, "a statement failed");
}

std::int64_t Cursor::run() {
    while (step()) continue;
    return statement_.database_->changes();
}

bool Cursor::is_null(int column) const {
    return sqlite3_column_type(statement_.handle_, column) == SQLITE_NULL;
}

std::int64_t Cursor::number(int column) const {
    return sqlite3_column_int64(statement_.handle_, column);
}

std::string_view Cursor::text(int column) const {
    const auto* words = sqlite3_column_text(statement_.handle_, column);
    if (words == nullptr) return {};
    return {reinterpret_cast<const char*>(words),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_.handle_, column))};
}

std::span<const std::byte> Cursor::blob(int column) const {
    const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_.handle_, column));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.handle_, column))};
}

Digest Cursor::digest(int column) const {
    const auto bytes = blob(column);
    Digest digest{};
    assert(bytes.size() == digest.size());
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
}

Instant Cursor::instant(int column) const {
    return Instant(std::chrono::milliseconds(number(column)));
}

std::optional<Instant> Cursor::optional_instant(int column) const {
    if (is_null(column)) return std::nullopt;
    return instant(column);
}

std::optional<std::int64_t> Cursor::optional_number(int column) const {
    if (is_null(column)) return std::nullopt;
    return number(column);
}

}  // namespace outbox
