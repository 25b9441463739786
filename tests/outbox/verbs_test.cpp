/// Every verb in every state: it applies exactly where the table says, and leaves one history row where it says so.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <set>

#include "outbox/statement.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

/// One public way to a verb. It is called with a job in some state and its open attempt, a probe where one can be open.
struct Way {
    const char* name;
    Verb verb;
    std::set<State> from;
    std::set<State> to;
    std::function<bool(Books&, JobId, AttemptId)> call;
};

const Instant later = Instant(std::chrono::sys_days(std::chrono::year(2026) / 2 / 1));

const std::vector<Way> ways{
    {"deliver",
     Verb::deliver,
     {State::sending, State::uncertain},
     {State::delivered},
     [](Books& b, JobId j, AttemptId a) { return b.outbox().deliver(b.settlement(j, a), Evidence::response, true); }},
    {"defer",
     Verb::defer,
     {State::sending, State::uncertain},
     {State::queued},
     [](Books& b, JobId j, AttemptId a) { return b.outbox().defer(b.settlement(j, a), Reason::interrupted, later); }},
    {"defer_uncertain",
     Verb::defer,
     {State::uncertain},
     {State::queued},
     [](Books& b, JobId j, AttemptId) { return b.outbox().defer_uncertain(j, Reason::no_response, later, b.now); }},
    {"doubt",
     Verb::doubt,
     {State::sending},
     {State::uncertain},
     [](Books& b, JobId j, AttemptId a) { return b.outbox().doubt(b.settlement(j, a), Reason::no_response, later); }},
    {"ask",
     Verb::ask,
     {State::uncertain, State::delivered},
     {State::uncertain, State::delivered},
     [](Books& b, JobId j, AttemptId) { return b.outbox().ask(j, b.now).has_value(); }},
    {"close_probe",
     Verb::ask,
     {State::uncertain, State::delivered},
     {State::uncertain, State::delivered},
     [](Books& b, JobId j, AttemptId a) { return b.outbox().close_probe(b.settlement(j, a), later); }},
    {"hold by outcome",
     Verb::hold,
     {State::sending, State::uncertain},
     {State::held},
     [](Books& b, JobId j, AttemptId a) { return b.outbox().hold(b.settlement(j, a), Reason::not_understood); }},
    {"hold_uncertain",
     Verb::hold,
     {State::uncertain},
     {State::held},
     [](Books& b, JobId j, AttemptId) { return b.outbox().hold_uncertain(j, Reason::outcome_unknown, b.now); }},
    {"hold by a person",
     Verb::hold,
     {State::queued, State::uncertain},
     {State::held},
     [](Books& b, JobId j, AttemptId) { return b.outbox().hold(j, alice, b.now).applied; }},
    {"postpone",
     Verb::postpone,
     {State::queued},
     {State::queued},
     [](Books& b, JobId j, AttemptId) { return b.outbox().postpone(j, Reason::time_window, later, b.now); }},
    {"prepare",
     Verb::prepare,
     {State::queued},
     {State::queued},
     [](Books& b, JobId j, AttemptId) { return b.outbox().prepare(j, b.made(j, Digest{std::byte{7}}), b.now); }},
    {"hold_queued",
     Verb::hold,
     {State::queued},
     {State::held},
     [](Books& b, JobId j, AttemptId) { return b.outbox().hold_queued(j, Reason::transcode_failed, b.now); }},
    {"ask_now",
     Verb::ask,
     {State::uncertain, State::delivered},
     {State::uncertain, State::delivered},
     [](Books& b, JobId j, AttemptId) { return b.outbox().ask_now(j, alice, b.now).applied; }},
    {"put_off_probe",
     Verb::ask,
     {State::uncertain, State::delivered},
     {State::uncertain, State::delivered},
     [](Books& b, JobId j, AttemptId) { return b.outbox().put_off_probe(j, later, b.now); }},
    {"confirm",
     Verb::confirm,
     {State::delivered},
     {State::delivered},
     [](Books& b, JobId j, AttemptId a) { return b.outbox().confirm(b.settlement(j, a), Evidence::query); }},
    {"recall",
     Verb::recall,
     {State::delivered},
     {State::queued},
     [](Books& b, JobId j, AttemptId a) { return b.outbox().recall(b.settlement(j, a), later); }},
    {"release",
     Verb::release,
     {State::held},
     {State::queued, State::uncertain},
     [](Books& b, JobId j, AttemptId) { return b.outbox().release(j, alice, b.now).applied; }},
    {"retry",
     Verb::retry,
     {State::queued, State::uncertain},
     {State::queued, State::uncertain},
     [](Books& b, JobId j, AttemptId) { return b.outbox().retry(j, alice, b.now).applied; }},
    {"recheck",
     Verb::recheck,
     {State::queued},
     {State::queued},
     [](Books& b, JobId j, AttemptId) {
         b.outbox().postpone(j, Reason::no_accession, later, b.now);
         return b.outbox().recheck(j, alice, b.now).applied;
     }},
    {"cancel",
     Verb::cancel,
     {State::queued, State::held, State::uncertain},
     {State::cancelled},
     [](Books& b, JobId j, AttemptId) {
         return b.outbox().cancel(j, Reason::cancelled_by_operator, alice, b.now).applied;
     }},
    {"resend",
     Verb::resend,
     {State::delivered, State::cancelled},
     {State::queued},
     [](Books& b, JobId j, AttemptId) { return b.outbox().resend(j, alice, b.now).applied; }},
    {"adopt",
     Verb::adopt,
     {State::held},
     {State::delivered},
     [](Books& b, JobId j, AttemptId) { return b.outbox().adopt(j, alice, b.now).applied; }},
    {"claim",
     Verb::claim,
     {State::queued},
     {State::sending},
     [](Books& b, JobId j, AttemptId) {
         for (const auto& claimed : b.outbox().claim(b.destination(), 100, b.now)) {
             if (claimed.job == j) return true;
         }
         return false;
     }},
};

/// A job in the state with, where the state allows one, an open attempt that can be settled.
std::pair<JobId, AttemptId> prepare(Books& books, State state) {
    const auto job = books.job_in(state);
    if (state == State::uncertain || state == State::delivered) {
        books.commit([&] { REQUIRE(books.outbox().ask(job, books.now)); });
    }
    return {job, books.open_attempt(job)};
}

const Transition* find(Verb verb, std::optional<State> from, State to) {
    for (const auto& each : transitions) {
        if (each.verb == verb && each.from == from && each.to == to) return &each;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("outbox: every verb applies exactly in the states that the table names, and nowhere else") {
    for (const auto& way : ways) {
        for (const State state : every_state) {
            CAPTURE(way.name);
            CAPTURE(to_string(state));
            Books books;
            const auto [job, attempt] = prepare(books, state);
            const auto rows = books.history_rows();
            const auto before =
                books.text("SELECT json_array(state, reason, round, due_at_ms, changed_at_ms, verb) FROM job");
            const bool applied = books.commit([&] { return way.call(books, job, attempt); });
            CHECK(applied == way.from.contains(state));
            const auto after = books.state_of(job).value();
            if (!applied) {
                CHECK(after == state);
                CHECK(books.text("SELECT json_array(state, reason, round, due_at_ms, changed_at_ms, verb) FROM job") ==
                      before);
                CHECK(books.history_rows() == rows);
                continue;
            }
            CHECK(way.to.contains(after));
            const auto* legal = find(way.verb, state, after);
            REQUIRE(legal != nullptr);
            CHECK(books.history_rows() - rows == (legal->is_recorded ? 1 : 0));
        }
    }
}

TEST_CASE("outbox: the verbs together reach every pair of the table") {
    std::set<std::pair<Verb, std::pair<State, State>>> reached;
    for (const auto& way : ways) {
        for (const State from : way.from) {
            for (const State to : way.to) {
                if (find(way.verb, from, to) != nullptr) reached.insert({way.verb, {from, to}});
            }
        }
    }
    // Recalled for the third time: a test of its own.
    reached.insert({Verb::recall, {State::delivered, State::held}});
    // Of a whole study, where studies are registered: assigning_test.cpp.
    reached.insert({Verb::assign, {State::queued, State::queued}});
    reached.insert({Verb::assign, {State::held, State::held}});
    for (const auto& each : transitions) {
        if (!each.from) continue;
        CAPTURE(to_string(each.verb));
        CHECK(reached.contains({each.verb, {*each.from, each.to}}));
    }
}

TEST_CASE("outbox: the table of transitions in C++ is the one in the database") {
    Books books;
    Database reader(books.file(), Database::Role::reader);
    CHECK(reader.number("SELECT count(*) FROM job_transition") == static_cast<std::int64_t>(transitions.size()));
    Statement find_row(reader, R"(SELECT is_recorded FROM job_transition
                                  WHERE verb = :verb AND from_state = :from AND to_state = :to)");
    for (const auto& each : transitions) {
        Cursor row(find_row);
        row.bind(":verb", to_string(each.verb)).bind(":to", to_string(each.to));
        row.bind(":from", each.from ? to_string(*each.from) : std::string_view());
        CAPTURE(to_string(each.verb));
        REQUIRE(row.step());
        CHECK((row.number(0) == 1) == each.is_recorded);
    }
}

TEST_CASE("outbox: the verbs say false for a job that does not exist") {
    for (const auto& way : ways) {
        Books books;
        CAPTURE(way.name);
        CHECK_FALSE(books.commit([&] { return way.call(books, JobId{4711}, AttemptId{4711}); }));
    }
}

TEST_CASE("outbox: a person's verb tells the state of the job, whether it applied or not") {
    Books books;
    const auto job = books.job_in(State::sending);
    const auto held = books.commit([&] { return books.outbox().hold(job, alice, books.now); });
    CHECK_FALSE(held.applied);
    CHECK(held.state == State::sending);
    const auto missing = books.commit([&] { return books.outbox().hold(JobId{99}, alice, books.now); });
    CHECK_FALSE(missing.applied);
    CHECK_FALSE(missing.state.has_value());
}
