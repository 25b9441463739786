/// The database's own guards: what no verb would do is refused, whoever asks.
#include <doctest/doctest.h>

#include <string>

#include "outbox/error.h"
#include "outbox/state.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;

namespace {

/// The outbox's file with one job in each state, opened as nobody but a test does: with a connection that writes.
struct RawBooks {
    RawBooks() {
        for (const State state : every_state) jobs.push_back(books.job_in(state));
        books.close();
        database.emplace(books.file(), Database::Role::writer);
    }
    std::string job(State state) const { return std::to_string(jobs.at(static_cast<std::size_t>(state)).value); }

    /// Whether the SQL is taken; undone either way.
    bool takes(const std::string& sql, const std::string& why = "") {
        database->execute("SAVEPOINT attempt");
        bool taken = true;
        try {
            database->execute(sql);
        } catch (const Error& error) {
            taken = false;
            CHECK(error.code() == Errc::refused);
            CHECK_MESSAGE(std::string(error.what()).find(why) != std::string::npos, error.what());
        }
        database->execute("ROLLBACK TO attempt");
        database->execute("RELEASE attempt");
        return taken;
    }

    Books books;
    std::vector<JobId> jobs;
    std::optional<Database> database;
};

/// Sets every column so that nothing but the pair of states can be wrong with it.
std::string move(const std::string& job, std::string_view verb, State to) {
    const auto is = [to](State state) { return to == state; };
    std::string sql =
        "INSERT INTO attempt (job_id, round, kind, generation, opened_at_ms) SELECT id, round, 'send', 1, 0 "
        "FROM job WHERE id = " +
        job + ";";
    if (is(State::delivered)) {
        sql +=
            "UPDATE OR IGNORE attempt SET closed_at_ms = 0, outcome = 'delivered', evidence = 'response' WHERE id = "
            "(SELECT max(id) FROM attempt WHERE job_id = " +
            job + ");";
    }
    sql += "UPDATE job SET verb = '" + std::string(verb) + "', state = '" + std::string(to_string(to)) + "'";
    sql += ", attempt_id = (SELECT max(id) FROM attempt WHERE job_id = " + job + "), is_warning = 0, is_waiting = 0";
    sql += is(State::sending) ? ", generation = 1" : ", generation = NULL";
    sql += is(State::delivered) ? ", evidence = 'response', evidence_at_ms = 0"
                                : ", evidence = NULL, evidence_at_ms = NULL";
    sql += is(State::sending) || is(State::delivered) || is(State::queued) ? ", reason = ''" : ", reason = 'conflict'";
    return sql + " WHERE id = " + job;
}

bool is_legal(Verb verb, std::optional<State> from, State to) {
    for (const auto& each : transitions) {
        if (each.verb == verb && each.from == from && each.to == to) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("outbox schema: of all verbs, states before and states after, only the table's triples are taken") {
    RawBooks raw;
    int legal = 0;
    for (int v = 0; v <= static_cast<int>(Verb::assign); ++v) {
        const auto verb = static_cast<Verb>(v);
        for (const State from : every_state) {
            for (const State to : every_state) {
                CAPTURE(to_string(verb));
                CAPTURE(to_string(from));
                CAPTURE(to_string(to));
                const bool taken = raw.takes(move(raw.job(from), to_string(verb), to), "no verb leads");
                CHECK(taken == is_legal(verb, from, to));
                legal += taken;
            }
        }
    }
    CHECK(legal == static_cast<int>(transitions.size()) - 2);  // the two of accept begin a row
    CHECK_FALSE(raw.takes(move(raw.job(State::queued), "forget", State::cancelled), "no verb leads"));
}

TEST_CASE("outbox schema: a job begins only as queued or held, and only by accept") {
    RawBooks raw;
    raw.database->execute(
        "INSERT INTO destination (name, kind, is_configured, first_configured_at_ms) VALUES ('x', 'dicom', 1, 0)");
    for (int v = 0; v <= static_cast<int>(Verb::assign); ++v) {
        for (const State state : every_state) {
            const auto verb = static_cast<Verb>(v);
            CAPTURE(to_string(verb));
            CAPTURE(to_string(state));
            const bool taken = raw.takes(
                "INSERT INTO job (instance_id, destination_id, digest, state, reason, priority, due_at_ms, "
                "created_at_ms, "
                "owed_since_ms, changed_at_ms, verb, actor) SELECT 1, 4, digest, '" +
                std::string(to_string(state)) + "', '" + (state == State::held ? "conflict" : "") +
                "', 1, 0, 0, 0, 0, '" + std::string(to_string(verb)) + "', 'x' FROM instance WHERE id = 1");
            CHECK(taken == is_legal(verb, std::nullopt, state));
        }
    }
}

TEST_CASE("outbox schema: each guard refuses what it is there for") {
    RawBooks raw;
    const auto queued = raw.job(State::queued);
    const auto held = raw.job(State::held);
    const auto delivered = raw.job(State::delivered);
    const auto sending = raw.job(State::sending);
    const auto refuses = [&](const std::string& sql, const std::string& why) {
        CAPTURE(sql);
        CHECK_FALSE(raw.takes(sql, why));
    };
    refuses("DELETE FROM job WHERE id = " + queued, "never deleted");
    refuses("DELETE FROM attempt", "never deleted");
    refuses("DELETE FROM receipt", "never deleted");
    refuses("DELETE FROM instance", "never deleted");
    refuses("DELETE FROM destination", "never deleted");
    refuses("DELETE FROM history", "append-only");
    refuses("UPDATE history SET actor = 'nobody' WHERE sequence = 1", "append-only");
    refuses("UPDATE receipt SET received_at_ms = 0", "does not change");
    refuses("UPDATE instance SET sop_instance_uid = '9.9' WHERE id = 1", "stays what it is");
    refuses("UPDATE instance SET digest = zeroblob(32) WHERE id = 1", "stays what it is");
    refuses("UPDATE instance SET bytes = 5 WHERE id = 1", "stays what it is");
    refuses("UPDATE destination SET name = 'other' WHERE id = 1", "for ever");
    refuses("UPDATE job SET instance_id = 2, verb = 'retry' WHERE id = " + queued, "stays what it is");
    refuses("UPDATE job SET destination_id = 2, verb = 'retry' WHERE id = " + queued, "stays what it is");
    refuses("UPDATE job SET created_at_ms = 1, verb = 'retry' WHERE id = " + queued, "stays what it is");
    refuses("UPDATE job SET round = 2, verb = 'retry' WHERE id = " + queued, "new round");
    refuses(
        "UPDATE job SET round = 3, state = 'queued', verb = 'resend', evidence = NULL, evidence_at_ms = NULL WHERE id "
        "= " +
            delivered,
        "new round");
    refuses("UPDATE job SET is_waiting = 1, verb = 'postpone' WHERE id = " + queued, "waits exactly");
    refuses("UPDATE job SET reason = 'time_window', verb = 'postpone' WHERE id = " + queued, "waits exactly");
    refuses(
        "UPDATE job SET state = 'delivered', reason = '', evidence = 'operator', evidence_at_ms = 0, verb = 'adopt' "
        "WHERE id = " +
            held,
        "needs an attempt");
    refuses("UPDATE attempt SET text = 'changed' WHERE closed_at_ms IS NOT NULL", "does not change");
    refuses(
        "INSERT INTO attempt (job_id, round, kind, generation, opened_at_ms, closed_at_ms, outcome, evidence) VALUES "
        "(" +
            delivered + ", 1, 'probe', 1, 0, 0, 'delivered', 'query')",
        "UNIQUE");
    refuses(
        "INSERT INTO job (instance_id, destination_id, digest, state, priority, due_at_ms, created_at_ms, "
        "owed_since_ms, "
        "changed_at_ms, verb, actor) SELECT instance_id, destination_id, digest, 'queued', 1, 0, 0, 0, 0, 'accept', "
        "'x' "
        "FROM job WHERE id = " +
            queued,
        "UNIQUE");
    refuses(
        "INSERT INTO job (instance_id, destination_id, digest, state, reason, priority, due_at_ms, created_at_ms, "
        "owed_since_ms, changed_at_ms, verb, actor) SELECT instance_id, 2, digest, 'queued', 'time_window', 1, 0, 0, "
        "0, 0, "
        "'accept', 'x' FROM job WHERE id = " +
            queued,
        "waits exactly");
    refuses(
        "UPDATE instance SET blob_state = 'purging' WHERE id = (SELECT instance_id FROM job WHERE id = " + queued + ")",
        "CHECK");
    refuses(
        "UPDATE instance SET blob_state = 'purged' WHERE id = (SELECT instance_id FROM job WHERE id = " + sending + ")",
        "CHECK");
    refuses("UPDATE job SET reason = 'no_such_reason', verb = 'retry' WHERE id = " + queued, "FOREIGN KEY");
    refuses(
        "INSERT INTO history_entry (at_ms, event, actor, destination, sop_instance_uid, digest, detail) VALUES (0, "
        "'x', "
        "'x', '', '', '', 'not json')",
        "CHECK");
}

TEST_CASE("outbox schema: what a job's columns say together is checked") {
    RawBooks raw;
    const auto job = [&](State state) { return " WHERE id = " + raw.job(state); };
    const auto refuses = [&](const std::string& sql) {
        CAPTURE(sql);
        CHECK_FALSE(raw.takes("UPDATE job SET " + sql, "CHECK"));
    };
    refuses("verb = 'retry', evidence = 'query', evidence_at_ms = 0" + job(State::queued));
    refuses("verb = 'confirm', evidence = NULL, evidence_at_ms = NULL" + job(State::delivered));
    refuses("verb = 'confirm', evidence_at_ms = NULL" + job(State::delivered));
    refuses("verb = 'retry', generation = 1" + job(State::queued));
    refuses("verb = 'ask', attempt_id = NULL" + job(State::uncertain));
    refuses("verb = 'ask', reason = ''" + job(State::uncertain));
    refuses("verb = 'ask', reason = 'absent'" + job(State::delivered));
    refuses("verb = 'retry', is_warning = 1" + job(State::queued));
    refuses("verb = 'retry', priority = 3" + job(State::queued));
    refuses("verb = 'retry', attempt_count = -1" + job(State::queued));
}

TEST_CASE("outbox schema: refusals are counted, a merged one by its count") {
    Books books;
    books.commit([&] {
        books.outbox().record("refused", {"bridge", ""}, R"({"reason":"no_space"})", books.now);
        books.outbox().record("refused", {"bridge", ""}, R"({"reason":"no_space","count":41})", books.now);
        books.outbox().record("refused", {"bridge", ""}, R"({"text":"\"count\":99"})", books.now);
        books.outbox().record("started", {"bridge", ""}, R"({"count":5})", books.now);
    });
    CHECK(books.number("SELECT n FROM tally WHERE name = 'refused'") == 43);
}
