/// Statement: one prepared SQL statement, kept for the life of its connection, and one use of it.
///
/// One thread at a time. A Statement must not outlive its Database, a Cursor not its Statement; only one Cursor of a
/// Statement at a time. Text and blobs are copied when bound, and valid until the next step when read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "outbox/database.h"
#include "outbox/ids.h"

struct sqlite3_stmt;

namespace outbox {

class Statement {
public:
    /// Prepares `sql`, one statement. Throws Error (damaged: the schema is not what the SQL expects).
    Statement(Database& database, std::string_view sql);
    ~Statement();
    Statement(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

private:
    friend class Cursor;
    Database* database_;
    sqlite3_stmt* handle_ = nullptr;
};

/// One use: bind every parameter by its name, then step through the rows or run. Resets the statement when it goes.
class Cursor {
public:
    explicit Cursor(Statement& statement);
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    Cursor& bind(const char* name, std::int64_t value);
    Cursor& bind(const char* name, int value) { return bind(name, std::int64_t{value}); }
    Cursor& bind(const char* name, bool value) { return bind(name, std::int64_t{value}); }
    Cursor& bind(const char* name, std::string_view value);
    Cursor& bind(const char* name, const std::string& value) { return bind(name, std::string_view(value)); }
    Cursor& bind(const char* name, const char* value) { return bind(name, std::string_view(value)); }
    Cursor& bind(const char* name, const Digest& value);
    Cursor& bind(const char* name, Instant value) { return bind(name, value.time_since_epoch().count()); }
    Cursor& bind(const char* name, std::nullopt_t);
    template <class Row>
    Cursor& bind(const char* name, Id<Row> value) {
        return bind(name, value.value);
    }
    template <class Value>
    Cursor& bind(const char* name, const std::optional<Value>& value) {
        return value ? bind(name, *value) : bind(name, std::nullopt);
    }

    /// True while there is a row to read. Throws Error.
    bool step();
    /// Steps to the end; rows changed by the statement itself, not by triggers. Throws Error.
    std::int64_t run();

    bool is_null(int column) const;
    std::int64_t number(int column) const;
    std::string_view text(int column) const;
    std::span<const std::byte> blob(int column) const;
    /// 32 bytes; the schema checks the length.
    Digest digest(int column) const;
    Instant instant(int column) const;
    std::optional<Instant> optional_instant(int column) const;
    std::optional<std::int64_t> optional_number(int column) const;
    template <class IdType>
    IdType id(int column) const {
        return IdType{number(column)};
    }

private:
    int place(const char* name) const;
    void check(int code) const;

    Statement& statement_;
};

}  // namespace outbox
