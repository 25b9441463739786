/// Who may log in, and which tokens there are.
#include <cassert>

#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

namespace {

/// The schema knows the same words.
Role read_role(const Cursor& row, int column) {
    const auto role = parse_role(row.text(column));
    assert(role);
    return *role;
}

UserView read_user(const Cursor& row) {
    UserView user;
    user.id = row.id<UserId>(0);
    user.name = row.text(1);
    user.role = read_role(row, 2);
    user.password = row.text(3);
    user.added_at = row.instant(4);
    user.added_by = row.text(5);
    user.password_at = row.instant(6);
    user.password_by = row.text(7);
    return user;
}

TokenView read_token(const Cursor& row) {
    TokenView token;
    token.id = row.id<TokenId>(0);
    token.name = row.text(1);
    token.role = read_role(row, 2);
    token.user = row.text(3);
    token.added_at = row.instant(4);
    token.added_by = row.text(5);
    token.expires_at = row.instant(6);
    return token;
}

}  // namespace

std::vector<UserView> Views::users() const {
    const Snapshot snapshot(parts_->database);
    std::vector<UserView> all;
    Cursor row(parts_->users);
    while (row.step()) all.push_back(read_user(row));
    return all;
}

std::optional<UserView> Views::user(std::string_view name) const {
    const Snapshot snapshot(parts_->database);
    Cursor row(parts_->user);
    if (!row.bind(":name", name).step()) return std::nullopt;
    return read_user(row);
}

std::vector<TokenView> Views::tokens() const {
    const Snapshot snapshot(parts_->database);
    std::vector<TokenView> all;
    Cursor row(parts_->tokens);
    while (row.step()) all.push_back(read_token(row));
    return all;
}

std::optional<TokenView> Views::token(const Digest& hash) const {
    const Snapshot snapshot(parts_->database);
    Cursor row(parts_->token);
    if (!row.bind(":hash", hash).step()) return std::nullopt;
    return read_token(row);
}

}  // namespace outbox
