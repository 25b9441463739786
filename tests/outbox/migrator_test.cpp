/// The schema's version: newer, foreign, killed half-way, and the reasons and numbers that it repeats.
#include <doctest/doctest.h>

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "outbox/migrator.h"
#include "outbox/statement.h"
#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;

namespace {

constexpr const char* statements[] = {"CREATE TABLE two (x INTEGER) STRICT;", "INSERT INTO two SELECT x FROM one;",
                                      "DROP TABLE one;"};
constexpr Migration two_steps[] = {
    {1, "0001_one.sql", "CREATE TABLE one (x INTEGER) STRICT; INSERT INTO one VALUES (1);"},
    {2, "0002_two.sql", "CREATE TABLE two (x INTEGER) STRICT; INSERT INTO two SELECT x FROM one; DROP TABLE one;"},
};

std::string tables(Database& database) {
    return database.text("SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table'");
}

}  // namespace

TEST_CASE("outbox migrator: steps are taken in order, and once") {
    support::TempFolder folder;
    Database database(folder.path() / "x.db", Database::Role::writer);
    migrate(database, std::span(two_steps, 1));
    CHECK(tables(database) == "one");
    CHECK(database.number("PRAGMA user_version") == 1);
    CHECK(database.number("PRAGMA application_id") == application_id);
    migrate(database, two_steps);
    migrate(database, two_steps);
    CHECK(tables(database) == "two");
    CHECK(database.number("PRAGMA user_version") == 2);
}

TEST_CASE("outbox migrator: a step that fails leaves the schema before it") {
    static constexpr Migration broken[] = {two_steps[0],
                                           {2, "0002_two.sql", "CREATE TABLE two (x); SELECT no_such_column;"}};
    support::TempFolder folder;
    Database database(folder.path() / "x.db", Database::Role::writer);
    CHECK_THROWS_AS(migrate(database, broken), Error);
    CHECK(tables(database) == "one");
    CHECK(database.number("PRAGMA user_version") == 1);
}

TEST_CASE("outbox migrator: a kill at any statement leaves the older schema or the newer one") {
    for (std::size_t killed_after = 0; killed_after <= 3; ++killed_after) {
        CAPTURE(killed_after);
        support::TempFolder folder;
        const auto file = folder.path() / "x.db";
        {
            Database database(file, Database::Role::writer);
            migrate(database, std::span(two_steps, 1));
        }
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            Database database(file, Database::Role::writer);
            const auto stop = [](sqlite3_context*, int, sqlite3_value**) { ::_exit(7); };
            sqlite3_create_function(database.connection(), "stop_here", 0, SQLITE_UTF8, nullptr, stop, nullptr,
                                    nullptr);
            std::string sql;
            for (std::size_t i = 0; i <= 3; ++i) {
                if (i == killed_after) sql += "SELECT stop_here();";
                if (i < 3) sql += statements[i];
            }
            const Migration steps[] = {two_steps[0], {2, "0002_two.sql", sql.c_str()}};
            migrate(database, steps);
            ::_exit(1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WEXITSTATUS(status) == 7);
        Database database(file, Database::Role::writer);
        CHECK(tables(database) == "one");
        CHECK(database.number("PRAGMA user_version") == 1);
        migrate(database, two_steps);
        CHECK(tables(database) == "two");
        CHECK(database.number("SELECT x FROM two") == 1);
    }
}

TEST_CASE("outbox migrator: a database of a newer program is refused, with what to do, and not touched") {
    Books books;
    books.close();
    {
        Database database(books.file(), Database::Role::writer);
        database.execute("PRAGMA user_version = 4711");
    }
    for (const bool is_writer : {true, false}) {
        try {
            if (is_writer) Outbox outbox(books.file(), "n");
            if (!is_writer) Views views(books.file());
            FAIL("it was opened");
        } catch (const Error& error) {
            CHECK(error.code() == Errc::newer);
            CHECK(std::string(error.what()).find("4711") != std::string::npos);
            CHECK(std::string(error.what()).find("Install") != std::string::npos);
        }
    }
    CHECK(books.number("PRAGMA user_version") == 4711);
}

TEST_CASE("outbox: reasons in C++, in the database and in the README are the same") {
    Books books;
    Database reader(books.file(), Database::Role::reader);
    CHECK(reader.number("SELECT count(*) FROM reason") == static_cast<std::int64_t>(reasons.size()));
    Statement find(reader, "SELECT is_waiting FROM reason WHERE code = :code");
    std::ifstream file(BRIDGE_SOURCE "/outbox/README.md");
    std::stringstream readme;
    readme << file.rdbuf();
    for (const auto& reason : reasons) {
        CAPTURE(reason.code);
        CHECK(parse_reason(reason.code) == reason.reason);
        CHECK(code(reason.reason) == reason.code);
        Cursor row(find);
        row.bind(":code", reason.code);
        REQUIRE(row.step());
        CHECK((row.number(0) == 1) == reason.is_waiting);
        if (reason.code.empty()) continue;
        const auto place = readme.str().find("| `" + std::string(reason.code) + "` |");
        REQUIRE(place != std::string::npos);
        const auto line = readme.str().substr(place, readme.str().find('\n', place) - place);
        CHECK(line.find(reason.text) != std::string::npos);
        CHECK((line.find(", waiting |") != std::string::npos) == reason.is_waiting);
    }
    CHECK_FALSE(parse_reason("no_such_reason").has_value());
}

TEST_CASE("outbox: states and verbs go through their words and back") {
    for (const State state : every_state) CHECK(parse_state(to_string(state)) == state);
    for (const auto& each : transitions) CHECK(parse_verb(to_string(each.verb)) == each.verb);
    CHECK_FALSE(parse_state("sent").has_value());
    CHECK_FALSE(parse_verb("set_state").has_value());
    for (const auto evidence :
         {Evidence::response, Evidence::query, Evidence::readback, Evidence::commitment, Evidence::operator_said}) {
        CHECK(parse_evidence(to_string(evidence)) == evidence);
    }
    for (const auto outcome : {Outcome::delivered, Outcome::transient, Outcome::needs_a_person, Outcome::unknown,
                               Outcome::absent, Outcome::confirmed}) {
        CHECK(parse_outcome(to_string(outcome)) == outcome);
    }
}
