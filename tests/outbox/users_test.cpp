/// Users: who may log in and which tokens there are, each change in the history, and nothing secret in it.
#include <doctest/doctest.h>

#include "outbox/error.h"
#include "outbox/user.h"
#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

const Actor root{"local:root", ""};

struct Door {
    std::optional<UserId> add(const std::string& name, Role role = Role::viewer) {
        return books.commit([&] { return books.outbox().add_user({name, role, "hash of " + name}, root, books.now); });
    }
    std::optional<TokenId> add_token(const std::string& name, std::optional<UserId> user = std::nullopt) {
        NewToken token{.name = name, .role = Role::monitor, .user = user, .expires_at = books.now + 24h};
        token.hash[0] = static_cast<std::byte>(name.size());
        return books.commit([&] { return books.outbox().add_token(token, root, books.now); });
    }
    bool remove(const std::string& name) {
        return books.commit([&] { return books.outbox().remove_user(name, root, books.now); });
    }
    std::vector<HistoryRow> history(const std::string& event) {
        HistoryFilter filter;
        filter.event = event;
        return Views(books.file()).history(filter, std::nullopt, 100).rows;
    }

    Books books;
};

}  // namespace

TEST_CASE("users: a name is somebody's once; removed, it may be somebody else's") {
    Door door;
    const auto first = door.add("alice", Role::admin);
    REQUIRE(first);
    CHECK_FALSE(door.add("alice"));
    CHECK(door.remove("alice"));
    CHECK_FALSE(door.remove("alice"));
    CHECK_FALSE(Views(door.books.file()).user("alice"));
    const auto second = door.add("alice", Role::viewer);
    REQUIRE(second);
    CHECK(*second != *first);
    const auto user = Views(door.books.file()).user("alice");
    REQUIRE(user);
    CHECK(user->id == *second);
    CHECK(user->role == Role::viewer);
    CHECK(Views(door.books.file()).users().size() == 1);
}

TEST_CASE("users: of several first users one is the first") {
    Door door;
    const auto add_first = [&](const std::string& name) {
        return door.books.commit([&] {
            return door.books.outbox().add_first_user({name, Role::admin, "hash"}, root, door.books.now);
        });
    };
    CHECK(add_first("alice"));
    CHECK_FALSE(add_first("mallory"));
    CHECK_FALSE(Views(door.books.file()).user("mallory"));
    CHECK(door.remove("alice"));
    CHECK(add_first("bob"));
}

TEST_CASE("users: another password is the present one's, and only where there is such a user") {
    Door door;
    door.add("alice");
    const auto change = [&](const std::string& name) {
        return door.books.commit(
            [&] { return door.books.outbox().change_password(name, "another hash", root, door.books.now); });
    };
    CHECK(change("alice"));
    CHECK(Views(door.books.file()).user("alice")->password == "another hash");
    CHECK_FALSE(change("bob"));
    door.remove("alice");
    CHECK_FALSE(change("alice"));
}

TEST_CASE("users: a user's tokens end with them, those of others do not") {
    Door door;
    const auto user = door.add("alice");
    REQUIRE(door.add_token("report", user));
    REQUIRE(door.add_token("monitoring"));
    CHECK_FALSE(door.add_token("monitoring"));
    CHECK(Views(door.books.file()).tokens().size() == 2);
    Digest hash{};
    hash[0] = std::byte{6};
    CHECK(Views(door.books.file()).token(hash)->user == "alice");
    door.remove("alice");
    CHECK_FALSE(Views(door.books.file()).token(hash));
    REQUIRE(Views(door.books.file()).tokens().size() == 1);
    CHECK(Views(door.books.file()).tokens().front().name == "monitoring");
    CHECK(door.history("token_removed").size() == 1);
    CHECK_FALSE(door.add_token("for nobody", user));
}

TEST_CASE("users: a token that is removed opens nothing, and is removed once") {
    Door door;
    const auto token = door.add_token("monitoring");
    REQUIRE(token);
    const auto remove = [&] {
        return door.books.commit([&] { return door.books.outbox().remove_token(*token, root, door.books.now); });
    };
    CHECK(remove());
    CHECK_FALSE(remove());
    CHECK(Views(door.books.file()).tokens().empty());
}

TEST_CASE("users: each change is one row of the history, without what was made of a password") {
    Door door;
    door.add("alice", Role::operating);
    door.books.commit(
        [&] { return door.books.outbox().change_password("alice", "another hash", root, door.books.now); });
    door.add_token("monitoring");
    door.remove("alice");
    std::string all;
    for (const char* event : {"user_added", "password_changed", "token_added", "user_removed"}) {
        CAPTURE(event);
        const auto rows = door.history(event);
        REQUIRE(rows.size() == 1);
        CHECK(rows.front().actor == "local:root");
        all += rows.front().detail;
    }
    CHECK(all.find("\"alice\"") != std::string::npos);
    CHECK(all.find("\"operator\"") != std::string::npos);
    CHECK(all.find("hash") == std::string::npos);
    CHECK_FALSE(Views(door.books.file()).verify_history().broken_at);
}

TEST_CASE("users: a look at a study is found by its patient and its study, and names neither filter's value") {
    Door door;
    auto receipt = door.books.receipt(1);
    receipt.instance.study_instance_uid = "1.2.3";
    receipt.instance.patient_id = "MRN-1";
    door.books.accept(receipt);
    door.books.commit([&] {
        door.books.outbox().record_look({.actor = "user:alice", .what = "/api/v1/studies/{uid}", .study = "1.2.3"},
                                        door.books.now);
        door.books.outbox().record_look({.actor = "user:alice", .what = "/api/v1/studies", .filters = "patient date"},
                                        door.books.now);
        door.books.outbox().record_look({.actor = "user:alice", .what = "/api/v1/studies/{uid}", .study = "9.9.9"},
                                        door.books.now);
    });
    HistoryFilter filter;
    filter.patient_id = "MRN-1";
    filter.event = "looked";
    const auto rows = Views(door.books.file()).history(filter, std::nullopt, 100).rows;
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().actor == "user:alice");
    CHECK(rows.front().detail == R"({"what":"/api/v1/studies/{uid}","study":"1.2.3","filters":""})");
    CHECK(door.history("looked").size() == 3);
    CHECK_FALSE(Views(door.books.file()).verify_history().broken_at);
}

TEST_CASE("users: who a user is never changes, and nobody is deleted: the database says so") {
    Door door;
    door.add("alice");
    door.add_token("monitoring");
    door.books.close();
    Database raw(door.books.file(), Database::Role::writer);
    for (const char* sql :
         {"UPDATE user SET role = 'admin'", "UPDATE user SET name = 'bob'", "DELETE FROM user", "DELETE FROM token",
          "UPDATE token SET role = 'admin'", "UPDATE token SET expires_at_ms = expires_at_ms + 1"}) {
        CAPTURE(sql);
        CHECK_THROWS_AS(raw.execute(sql), Error);
    }
}
