/// A person's verbs: what they ask for, when they are refused, and acting by filter in slices.
#include <doctest/doctest.h>

#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

/// Acts until nothing is left; the jobs changed.
std::int64_t act(Books& books, Verb verb, const JobFilter& filter, std::size_t limit = 3) {
    std::int64_t changed = 0;
    JobId from{0};
    for (int slices = 0; slices < 1000; ++slices) {
        const auto slice =
            books.commit([&] { return books.outbox().act(verb, filter, from, limit, alice, books.now); });
        CHECK(slice.seen <= static_cast<std::int64_t>(limit));
        CHECK(slice.changed <= slice.seen);
        changed += slice.changed;
        if (!slice.next) return changed;
        CHECK(slice.next->value > from.value);
        from = *slice.next;
    }
    FAIL("the slices do not end");
    return changed;
}

}  // namespace

TEST_CASE("outbox: a person's verb names them, and their words, in the history") {
    Books books;
    const auto job = books.job_in(State::queued);
    books.commit([&] { CHECK(books.outbox().hold(job, alice, books.now).applied); });
    CHECK(books.text("SELECT actor FROM history WHERE event = 'held'") == "local:alice");
    CHECK(books.text("SELECT detail ->> '$.note' FROM history WHERE event = 'held'") == "because");
    CHECK(books.text("SELECT destination FROM history WHERE event = 'held'") == "pacs");
}

TEST_CASE("outbox resend: another round from the beginning; refused without the bytes or the destination") {
    Books books;
    const auto job = books.job_in(State::delivered);
    const auto resend = [&] { return books.commit([&] { return books.outbox().resend(job, alice, books.now); }); };
    CHECK(resend().applied);
    CHECK(books.number("SELECT round FROM job") == 2);
    CHECK(books.number("SELECT attempt_count FROM job") == 0);
    CHECK(books.number("SELECT evidence IS NULL AND status IS NULL AND attempt_id IS NULL FROM job") == 1);
    CHECK(books.number("SELECT unfinished_count FROM instance") == 1);
    books.commit([&] { CHECK(books.outbox().cancel(job, Reason::cancelled_by_operator, alice, books.now).applied); });
    books.commit([&] { CHECK(books.outbox().begin_purge(books.now + 1h, 1, books.now).size() == 1); });
    CHECK_FALSE(resend().applied);
    CHECK(resend().state == State::cancelled);
    books.accept(books.receipt(1'000'001));
    books.commit([&] { books.outbox().configure({}, books.now); });
    CHECK_FALSE(resend().applied);
}

TEST_CASE("outbox release: not without the bytes, not without the destination") {
    Books books;
    const auto job = books.job_in(State::queued);
    const auto release = [&] {
        return books.commit([&] { return books.outbox().release(job, alice, books.now).applied; });
    };
    books.commit([&] { CHECK(books.outbox().damage(digest_of(1'000'001, 0), books.now) == 1); });
    CHECK_FALSE(release());
    books.accept(books.receipt(1'000'001));
    CHECK(books.state_of(job) == State::queued);
    books.commit([&] {
        books.outbox().configure({}, books.now);
        CHECK(books.outbox().settle_removed(10, books.now) == 1);
    });
    CHECK(books.reason_of(job) == "destination_removed");
    CHECK_FALSE(release());
}

TEST_CASE("outbox release: what an operator held while it was uncertain is uncertain again, not sent blindly") {
    Books books;
    const auto job = books.job_in(State::uncertain);
    books.commit([&] {
        CHECK(books.outbox().hold(job, alice, books.now).applied);
        CHECK(books.outbox().release(job, alice, books.now).state == State::uncertain);
    });
    CHECK(books.reason_of(job) == "no_response");
    CHECK(books.commit([&] { return books.outbox().claim(books.destination(), 9, books.now).empty(); }));
}

TEST_CASE("outbox release: of a job held because its outcome is unknown, the operator decides to send it") {
    Books books;
    const auto job = books.job_in(State::uncertain);
    books.commit([&] {
        CHECK(books.outbox().hold_uncertain(job, Reason::outcome_unknown, books.now));
        CHECK(books.outbox().release(job, alice, books.now).state == State::queued);
    });
    CHECK(books.reason_of(job) == "");
}

TEST_CASE("outbox retry: what waits by design is due and waits no more; what backs off keeps its reason") {
    Books books;
    const auto waits = books.job_in(State::queued);
    const auto backs_off = books.job_in(State::sending);
    const auto attempt = books.open_attempt(backs_off);
    books.commit([&] {
        CHECK(books.outbox().postpone(waits, Reason::no_accession, books.now + 24h, books.now));
        CHECK(books.outbox().defer(books.settlement(backs_off, attempt), Reason::unreachable, books.now + 24h));
        CHECK(books.outbox().claim(books.destination(), 9, books.now).empty());
        CHECK(books.outbox().retry(waits, alice, books.now).applied);
        CHECK(books.outbox().retry(backs_off, alice, books.now).applied);
    });
    CHECK(books.reason_of(waits) == "");
    CHECK(books.reason_of(backs_off) == "unreachable");
    CHECK(books.commit([&] { return books.outbox().claim(books.destination(), 9, books.now).size(); }) == 2);
}

TEST_CASE("outbox adopt: the operator's word is an attempt and the evidence") {
    Books books;
    const auto job = books.job_in(State::held);
    books.commit([&] { CHECK(books.outbox().adopt(job, alice, books.now).applied); });
    CHECK(books.text("SELECT evidence FROM job") == "operator");
    CHECK(books.text("SELECT kind || ' ' || outcome || ' ' || evidence || ' ' || text FROM attempt") ==
          "probe delivered operator because");
}

TEST_CASE("outbox act: by each filter exactly the jobs that match and are in a state for the verb") {
    Books books;
    for (int i = 0; i < 30; ++i) {
        books.now += 1min;
        auto receipt = books.receipt(i, 0, 1 + static_cast<std::size_t>(i % 3));
        receipt.instance.modality = i % 2 ? "MR" : "CT";
        books.accept(receipt);
    }
    const auto start = books.now - 30min;
    const auto jobs = books.number("SELECT count(*) FROM job");
    REQUIRE(jobs == 60);
    const auto count = [&](const JobFilter& filter, const std::string& where) {
        CAPTURE(where);
        const auto expected = books.number(
            "SELECT count(*) FROM job JOIN instance ON instance.id = job.instance_id WHERE state = 'queued' AND " +
            where);
        REQUIRE(expected > 0);
        CHECK(act(books, Verb::hold, filter) == expected);
        CHECK(books.number("SELECT count(*) FROM job JOIN instance ON instance.id = job.instance_id "
                           "WHERE state = 'held' AND NOT (" +
                           where + ")") == 0);
        CHECK(act(books, Verb::retry, filter) == 0);
        JobFilter release = filter;
        if (release.state) release.state = State::held;
        CHECK(act(books, Verb::release, release) == expected);
        CHECK(books.number("SELECT count(*) FROM job WHERE state = 'held'") == 0);
    };
    JobFilter filter;
    count(filter = {}, "true");
    filter.destination = "cloud";
    count(filter, "destination_id = 2");
    filter.modality = "MR";
    count(filter, "destination_id = 2 AND modality = 'MR'");
    filter = {};
    filter.study_instance_uid = "1.2.4.1";
    count(filter, "study_instance_uid = '1.2.4.1'");
    filter = {};
    filter.accession_number = "A2";
    filter.state = State::queued;
    count(filter, "accession_number = 'A2'");
    filter = {};
    filter.patient_id = "P1";
    filter.destination = "pacs";
    count(filter, "patient_id = 'P1' AND destination_id = 1");
    filter = {};
    filter.sender = "ct-1";
    filter.since = start + 10min;
    filter.until = start + 20min;
    count(filter, "created_at_ms >= " + std::to_string(filter.since->time_since_epoch().count()) +
                      " AND created_at_ms < " + std::to_string(filter.until->time_since_epoch().count()));
    filter = {};
    filter.sender = "CT1";
    filter.older_than = start + 5min;
    count(filter, "owed_since_ms < " + std::to_string(filter.older_than->time_since_epoch().count()));
    filter = {};
    filter.destination = "nowhere";
    CHECK(act(books, Verb::hold, filter) == 0);
    filter = {};
    filter.reason = Reason::held_by_rule;
    CHECK(act(books, Verb::release, filter) == 0);
}

TEST_CASE("outbox act: cancel, adopt and resend by filter") {
    Books books;
    for (const State state : every_state) books.job_in(state);
    JobFilter all;
    all.destination = "pacs";
    CHECK(act(books, Verb::cancel, all) == 3);
    CHECK(books.number("SELECT count(*) FROM job WHERE reason = 'cancelled_by_operator'") == 4);
    CHECK(act(books, Verb::resend, all) == 5);
    CHECK(act(books, Verb::hold, all) == 5);
    CHECK(act(books, Verb::adopt, all) == 5);
    CHECK(books.number("SELECT count(*) FROM job WHERE state = 'delivered'") == 5);
}
