/// Users: adding and removing those who may log in, and tokens; what they looked at.
#include <array>
#include <cassert>

#include "outbox/json_text.h"
#include "outbox/user.h"
#include "outbox/writer.h"

namespace outbox {

namespace {

struct Word {
    Role role;
    std::string_view word;
};
constexpr std::array words{Word{Role::viewer, "viewer"}, Word{Role::operating, "operator"},
                           Word{Role::auditor, "auditor"}, Word{Role::admin, "admin"}, Word{Role::monitor, "monitor"}};

std::optional<UserId> make_user(Writer& writer, const NewUser& user, bool only_first, const Actor& actor, Instant now) {
    Cursor row(writer.statements.add_user);
    row.bind(":name", user.name)
        .bind(":role", to_string(user.role))
        .bind(":password", user.password)
        .bind(":only_first", only_first)
        .bind(":actor", actor.name)
        .bind(":now", now);
    if (!row.step()) return std::nullopt;
    const auto id = row.id<UserId>(0);
    row.step();
    return id;
}

}  // namespace

std::string_view to_string(Role role) {
    for (const Word& each : words)
        if (each.role == role) return each.word;
    assert(false && "a role without a word");
    return "";
}

std::optional<Role> parse_role(std::string_view word) {
    for (const Word& each : words)
        if (each.word == word) return each.role;
    return std::nullopt;
}

std::optional<UserId> Outbox::add_user(const NewUser& user, const Actor& actor, Instant now) {
    parts_->require_transaction();
    return make_user(*parts_, user, false, actor, now);
}

std::optional<UserId> Outbox::add_first_user(const NewUser& user, const Actor& actor, Instant now) {
    parts_->require_transaction();
    return make_user(*parts_, user, true, actor, now);
}

bool Outbox::change_password(std::string_view user, std::string_view password, const Actor& actor, Instant now) {
    parts_->require_transaction();
    Cursor row(parts_->statements.change_password);
    row.bind(":name", user).bind(":password", password).bind(":actor", actor.name).bind(":now", now);
    return row.run() == 1;
}

bool Outbox::remove_user(std::string_view user, const Actor& actor, Instant now) {
    parts_->require_transaction();
    Cursor row(parts_->statements.remove_user);
    return row.bind(":name", user).bind(":actor", actor.name).bind(":now", now).run() == 1;
}

std::optional<TokenId> Outbox::add_token(const NewToken& token, const Actor& actor, Instant now) {
    parts_->require_transaction();
    Cursor row(parts_->statements.add_token);
    row.bind(":name", token.name)
        .bind(":role", to_string(token.role))
        .bind(":hash", token.hash)
        .bind(":user", token.user)
        .bind(":actor", actor.name)
        .bind(":expires_at", token.expires_at)
        .bind(":now", now);
    if (!row.step()) return std::nullopt;
    const auto id = row.id<TokenId>(0);
    row.step();
    return id;
}

bool Outbox::remove_token(TokenId token, const Actor& actor, Instant now) {
    parts_->require_transaction();
    Cursor row(parts_->statements.remove_token);
    return row.bind(":token", token).bind(":actor", actor.name).bind(":now", now).run() == 1;
}

void Outbox::record_look(const Look& look, Instant now) {
    parts_->require_transaction();
    Cursor row(parts_->statements.record_look);
    row.bind(":actor", look.actor).bind(":study", look.study).bind(":instance", look.sop_instance_uid);
    row.bind(":detail", json_object({{"what", look.what}, {"study", look.study}, {"filters", look.filters}}));
    row.bind(":now", now).run();
}

void Outbox::record_entry(const Entry& entry, Instant now) {
    parts_->require_transaction();
    parts_->record(entry.event, entry.actor, "", json_object({{"user", entry.user}, {"address", entry.address}}), now);
}

}  // namespace outbox
