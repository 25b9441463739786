/// The file: its settings, transactions and savepoints, a full disk, a second writer, a restart.
#include <doctest/doctest.h>

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

Errc code_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.code();
    }
    FAIL("nothing was thrown");
    return Errc::io;
}

}  // namespace

TEST_CASE("outbox database: the settings that the promises rest on are in force") {
    support::TempFolder folder;
    Database database(folder.path() / "outbox.db", Database::Role::writer);
    CHECK(database.text("PRAGMA journal_mode") == "wal");
    CHECK(database.number("PRAGMA synchronous") == 2);
    CHECK(database.number("PRAGMA wal_autocheckpoint") == 0);
    CHECK(database.number("PRAGMA mmap_size") == 0);
    CHECK(database.number("PRAGMA foreign_keys") == 1);
    CHECK(database.number("PRAGMA trusted_schema") == 0);
    CHECK(database.number("PRAGMA cell_size_check") == 1);
    CHECK(database.number("PRAGMA journal_size_limit") == 64 * 1024 * 1024);
    CHECK(database.number("PRAGMA busy_timeout") == 5000);
    CHECK(code_of([&] { database.execute("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema"); }) ==
          Errc::refused);
}

TEST_CASE("outbox database: a reader cannot write, and its going moves nothing out of the log") {
    Books books;
    const auto log = books.file().string() + "-wal";
    const auto before = std::filesystem::file_size(log);
    {
        Database reader(books.file(), Database::Role::reader);
        CHECK(reader.number("SELECT count(*) FROM destination") == 3);
        CHECK_THROWS_AS(reader.execute("UPDATE destination SET kind = 'x'"), Error);
    }
    CHECK(before > 0);
    CHECK(std::filesystem::file_size(log) == before);
}

TEST_CASE("outbox database: another program's database, and what is no database, are damaged and left alone") {
    support::TempFolder folder;
    const auto noise = folder.path() / "noise.db";
    std::ofstream(noise) << std::string(8192, 'x');
    CHECK(code_of([&] { Outbox outbox(noise, "n"); }) == Errc::damaged);

    const auto foreign = folder.path() / "foreign.db";
    {
        Database maker(foreign, Database::Role::writer);
        maker.execute("CREATE TABLE theirs (x); PRAGMA application_id = 77");
    }
    CHECK(code_of([&] { Outbox outbox(foreign, "n"); }) == Errc::damaged);
    CHECK(code_of([&] { Views views(foreign); }) == Errc::damaged);
    CHECK(std::filesystem::file_size(foreign) < 64 * 1024);
}

TEST_CASE("outbox database: an unclean start finds a damaged page") {
    Books books;
    for (int i = 0; i < 200; ++i) books.accept(books.receipt(i));
    books.outbox().checkpoint(true);
    books.close();
    { Outbox sound(books.file(), "n", false); }
    {
        std::fstream file(books.file(), std::ios::in | std::ios::out | std::ios::binary);
        for (int page = 5; page < 60; ++page) {
            file.seekp(page * 4096 + 100);
            file << std::string(3000, '\xAA');
        }
    }
    CHECK(code_of([&] { Outbox outbox(books.file(), "n", false); }) == Errc::damaged);
}

TEST_CASE("outbox transaction: what is not committed is not there") {
    Books books;
    {
        Outbox::Transaction transaction(books.outbox());
        books.outbox().accept(books.receipt(1));
    }
    CHECK(books.number("SELECT count(*) FROM instance") == 0);
    CHECK(books.history_rows() == 0);
    books.accept(books.receipt(1));
    CHECK(books.number("SELECT count(*) FROM instance") == 1);
}

TEST_CASE("outbox transaction: a savepoint that throws takes only its own piece away") {
    Books books;
    {
        Outbox::Transaction transaction(books.outbox());
        transaction.savepoint([&] { books.outbox().accept(books.receipt(1, 0, 3)); });
        CHECK_THROWS_AS(transaction.savepoint([&] {
            books.outbox().accept(books.receipt(2, 0, 3));
            throw std::runtime_error("the piece failed");
        }),
                        std::runtime_error);
        CHECK_THROWS_AS(transaction.savepoint([&] {
            auto receipt = books.receipt(3);
            receipt.instance.bytes = 0;  // the schema refuses it
            books.outbox().accept(receipt);
        }),
                        Error);
        transaction.savepoint([&] { books.outbox().accept(books.receipt(4)); });
        transaction.commit();
    }
    CHECK(books.number("SELECT count(*) FROM instance") == 2);
    CHECK(books.number("SELECT count(*) FROM job") == 4);
    CHECK(books.number("SELECT n FROM tally WHERE name = 'instances'") == 2);
    CHECK_FALSE(Views(books.file()).verify_history().broken_at.has_value());
}

TEST_CASE("outbox transaction: a destination that was thrown away with its savepoint is not remembered") {
    Books books;
    {
        Outbox::Transaction transaction(books.outbox());
        CHECK_THROWS_AS(transaction.savepoint([&] {
            books.outbox().configure(std::vector<DestinationSpec>{{"gone", "dicom"}}, books.now);
            auto receipt = books.receipt(1, 0, 0);
            receipt.jobs.push_back({books.outbox().destination("gone").value(), Priority::normal, books.now});
            books.outbox().accept(receipt);
            throw std::runtime_error("undone");
        }),
                        std::runtime_error);
        books.outbox().configure(std::vector<DestinationSpec>{{"new", "dicom"}}, books.now);
        auto receipt = books.receipt(1, 0, 0);
        receipt.jobs.push_back({books.outbox().destination("new").value(), Priority::normal, books.now});
        books.outbox().accept(receipt);
        transaction.commit();
    }
    CHECK(books.text("SELECT destinations FROM receipt") == R"(["new"])");
}

namespace {

/// The connection that was opened last, seen by way of SQLite's own extension hook.
sqlite3* last_opened = nullptr;

int remember(sqlite3* connection, char**, const void*) {
    last_opened = connection;
    return SQLITE_OK;
}

/// An outbox whose file may not grow further: what a full disk is to SQLite.
class FullBooks : public Books {
public:
    FullBooks() {
        close();
        // The hook's type says nothing of its arguments: SQLite casts it back.
        const auto hook = reinterpret_cast<void (*)()>(&remember);
        sqlite3_auto_extension(hook);
        restart();
        sqlite3_cancel_auto_extension(hook);
        writer_ = last_opened;
        limit(number("PRAGMA page_count") + 12);
    }
    void limit(std::int64_t pages) { execute("PRAGMA max_page_count = " + std::to_string(pages)); }
    /// On the outbox's own connection.
    void execute(const std::string& sql) {
        REQUIRE(sqlite3_exec(writer_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    }

private:
    sqlite3* writer_ = nullptr;
};

}  // namespace

TEST_CASE("outbox: on a full disk a transaction is not there, and the outbox goes on once there is room") {
    FullBooks books;
    int taken = 0;
    for (bool is_full = false; !is_full; ++taken) {
        REQUIRE(taken < 10'000);
        try {
            books.accept(books.receipt(taken));
        } catch (const Error& error) {
            CHECK(error.code() == Errc::no_space);
            is_full = true;
            --taken;
        }
    }
    CHECK(books.number("SELECT count(*) FROM instance") == taken);
    CHECK(books.number("SELECT count(*) FROM job") == taken);
    // Within a batch, too: what follows the failure must not commit by itself.
    {
        Outbox::Transaction transaction(books.outbox());
        int failed = 0;
        for (int i = 0; i < 40; ++i) {
            try {
                transaction.savepoint([&] { books.outbox().accept(books.receipt(10'000 + i, 0, 3)); });
            } catch (const Error& error) {
                CHECK(error.code() == Errc::no_space);
                ++failed;
            }
        }
        CHECK(failed > 0);
    }
    CHECK(books.number("SELECT count(*) FROM instance") == taken);
    books.limit(1'000'000);
    books.accept(books.receipt(20'000));
    CHECK(books.number("SELECT count(*) FROM instance") == taken + 1);
    CHECK_FALSE(Views(books.file()).verify_history().broken_at.has_value());
}

TEST_CASE("outbox: when SQLite ends a transaction by itself, nothing that follows is committed on its own") {
    FullBooks books;
    {
        Outbox::Transaction transaction(books.outbox());
        books.execute("ROLLBACK");  // as after an I/O error
        CHECK(code_of([&] { books.outbox().accept(books.receipt(1)); }) == Errc::io);
        CHECK(code_of([&] { transaction.savepoint([&] { books.outbox().accept(books.receipt(2)); }); }) == Errc::io);
        CHECK(code_of([&] { transaction.commit(); }) == Errc::io);
    }
    CHECK(books.number("SELECT count(*) FROM instance") == 0);
    books.limit(1'000'000);
    books.accept(books.receipt(3));
    CHECK(books.number("SELECT count(*) FROM instance") == 1);
}

TEST_CASE("outbox: another writer on the same file is noticed before anything is promised") {
    Books books;
    books.accept(books.receipt(1));
    books.outbox().checkpoint(false);
    books.accept(books.receipt(2));
    books.outbox().checkpoint(true);
    books.accept(books.receipt(3));
    {
        Database other(books.file(), Database::Role::writer);
        other.execute("UPDATE destination SET kind = 'x' WHERE id = 1");
    }
    CHECK(code_of([&] { books.accept(books.receipt(4)); }) == Errc::in_use);
    CHECK(books.number("SELECT count(*) FROM instance") == 3);
}

TEST_CASE("outbox: after a restart what was sending is asked about, and queued where repeating is harmless") {
    Books books;
    books.accept(books.receipt(1, 0, 3));
    books.commit([&] {
        for (std::size_t d = 0; d < 3; ++d)
            CHECK(books.outbox().claim(books.destination(d), 10, books.now).size() == 1);
    });
    const auto stale = books.open_attempt(JobId{1});
    books.restart();
    const std::vector<std::string> repeatable{"folder"};
    const auto recover = [&] { return books.commit([&] { return books.outbox().recover(repeatable, 2, books.now); }); };
    const auto first = recover();
    const auto second = recover();
    CHECK(first.uncertain + first.queued == 2);
    CHECK(first.uncertain + second.uncertain == 2);
    CHECK(first.queued + second.queued == 1);
    const auto third = recover();
    CHECK(third.uncertain + third.queued == 0);
    CHECK(books.reason_of(JobId{1}) == "stopped");
    CHECK(books.state_of(JobId{3}) == State::queued);
    CHECK(books.number("SELECT count(*) FROM attempt WHERE closed_at_ms IS NULL") == 0);
    CHECK_FALSE(books.commit(
        [&] { return books.outbox().deliver(books.settlement(JobId{1}, stale), Evidence::response, false); }));
}

TEST_CASE("outbox: a process that is killed leaves whole transactions, and what was committed") {
    Books books;
    const auto file = books.file();
    books.close();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        Outbox outbox(file, "n");
        Outbox::Transaction first(outbox);
        outbox.begin_generation("0.1", books.now);
        outbox.accept(books.receipt(1));
        first.commit();
        {
            Outbox::Transaction second(outbox);
            outbox.accept(books.receipt(2));
            ::_exit(7);
        }
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 7);
    Outbox outbox(file, "n", false);
    CHECK(books.number("SELECT count(*) FROM instance") == 1);
    CHECK(books.number("SELECT count(*) FROM job") == 1);
}
