/// Claims and outcomes: order, limits, stale attempts, evidence, probes and recalls.
#include <doctest/doctest.h>

#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

static std::vector<std::int64_t> claim(Books& books, std::size_t limit, std::size_t destination = 0) {
    std::vector<std::int64_t> ids;
    for (const auto& job :
         books.commit([&] { return books.outbox().claim(books.destination(destination), limit, books.now); })) {
        ids.push_back(job.job.value);
    }
    return ids;
}

TEST_CASE("outbox claim: the most urgent first, then the earliest due, no more than asked for") {
    Books books;
    const auto accept = [&](int instance, Priority priority, std::chrono::minutes due) {
        auto receipt = books.receipt(instance);
        receipt.jobs[0].priority = priority;
        receipt.jobs[0].due_at = books.now + due;
        books.accept(receipt);
    };
    accept(1, Priority::low, -9min);
    accept(2, Priority::normal, -1min);
    accept(3, Priority::normal, -2min);
    accept(4, Priority::high, 0min);
    accept(5, Priority::high, 1min);
    CHECK(claim(books, 2) == std::vector<std::int64_t>{4, 3});
    CHECK(claim(books, 9) == std::vector<std::int64_t>{2, 1});
    CHECK(claim(books, 9).empty());
    books.now += 1min;
    CHECK(claim(books, 9) == std::vector<std::int64_t>{5});
    CHECK(claim(books, 0).empty());
}

TEST_CASE("outbox claim: a claimed job says all that a sender needs, and its attempt is in the books") {
    Books books;
    books.accept(books.receipt(17, 3));
    const auto job = books.commit([&] { return books.outbox().claim(books.destination(), 1, books.now).at(0); });
    CHECK(job.digest == digest_of(17, 3));
    CHECK(job.sop_instance_uid == "1.2.3.17");
    CHECK(job.sop_class_uid == "1.2.840.10008.5.1.4.1.1.2");
    CHECK(job.transfer_syntax_uid == "1.2.840.10008.1.2.1");
    CHECK(job.study_instance_uid == "1.2.4.1");
    CHECK(job.series_instance_uid == "1.2.5.3");
    CHECK(job.calling_ae_title == "CT1");
    CHECK(job.round == 1);
    CHECK(job.attempt_count == 0);
    CHECK(job.version == 1);
    CHECK(books.open_attempt(job.job) == job.attempt);
    CHECK(books.number("SELECT attempt_count FROM job") == 1);
}

TEST_CASE("outbox claim: nothing for a destination that is paused, removed or held") {
    Books books;
    for (int i = 0; i < 5; ++i) books.accept(books.receipt(i));
    auto& outbox = books.outbox();
    books.commit([&] { outbox.pause(books.destination(), alice, "disk exchange", books.now + 2h, books.now); });
    CHECK(claim(books, 1).empty());
    books.now += 2h;
    CHECK(claim(books, 1).size() == 1);
    books.commit([&] { outbox.pause(books.destination(), alice, "for good", std::nullopt, books.now); });
    books.now += 1000h;
    CHECK(claim(books, 1).empty());
    books.commit([&] { CHECK(outbox.resume(books.destination(), alice, books.now)); });
    CHECK(claim(books, 1).size() == 1);
    books.commit([&] { outbox.configure(std::vector<DestinationSpec>{{"cloud", "dicomweb"}}, books.now); });
    CHECK(claim(books, 1).empty());
}

TEST_CASE("outbox claim: a held lane gets one job at a time as its probe, once that is due") {
    Books books;
    for (int i = 0; i < 5; ++i) books.accept(books.receipt(i));
    books.commit([&] {
        books.outbox().held_lane(books.destination(), Reason::not_authorised, "refused", books.now + 30min, books.now);
    });
    CHECK(claim(books, 3).empty());
    books.now += 30min;
    CHECK(claim(books, 3).size() == 1);
    CHECK(claim(books, 3).empty());
    books.commit([&] { books.outbox().recovered(books.destination(), books.now); });
    CHECK(claim(books, 3).size() == 3);
}

TEST_CASE("outbox defer: a job whose blob was damaged while it was sending is held, and comes back with the bytes") {
    Books books;
    const auto job = books.job_in(State::sending);
    books.commit([&] { CHECK(books.outbox().damage(digest_of(1'000'001, 0), books.now) == 0); });
    const auto attempt = books.open_attempt(job);
    books.commit([&] { CHECK(books.outbox().defer(books.settlement(job, attempt), Reason::interrupted, books.now)); });
    CHECK(books.state_of(job) == State::held);
    CHECK(books.reason_of(job) == "damaged");
    CHECK(books.text("SELECT verb || ' ' || actor FROM job") == "hold bridge");
    CHECK(claim(books, 3).empty());
    books.accept(books.receipt(1'000'001));
    CHECK(claim(books, 3) == std::vector<std::int64_t>{job.value});
}

TEST_CASE("outbox defer: an uncertain job whose blob was damaged while it was sending is held, not sent again") {
    Books books;
    const auto job = books.job_in(State::sending);
    const auto settled = books.settlement(job, books.open_attempt(job));
    books.commit([&] {
        books.outbox().damage(digest_of(1'000'001, 0), books.now);
        CHECK(books.outbox().doubt(settled, Reason::no_response, books.now));
        CHECK(books.outbox().defer_uncertain(job, Reason::no_response, books.now, books.now));
    });
    CHECK(books.state_of(job) == State::held);
    CHECK(books.reason_of(job) == "damaged");
}

TEST_CASE("outbox defer: what is the destination's fault does not count as an attempt of the job, anything else does") {
    for (const auto reason : {Reason::handed_back, Reason::out_of_resources, Reason::unreachable, Reason::interrupted,
                              Reason::temporary_failure}) {
        CAPTURE(code(reason));
        Books books;
        const auto job = books.job_in(State::sending);
        const auto settled = books.settlement(job, books.open_attempt(job));
        books.commit([&] { CHECK(books.outbox().defer(settled, reason, books.now)); });
        const bool counts = reason == Reason::interrupted || reason == Reason::temporary_failure;
        CHECK(books.number("SELECT attempt_count FROM job") == (counts ? 1 : 0));
        CHECK(books.number("SELECT count(*) FROM attempt WHERE outcome = 'transient'") == 1);
    }
}

TEST_CASE("outbox: a claimed job that is deferred is due after the backoff") {
    Books books;
    const auto job = books.job_in(State::sending);
    const auto attempt = books.open_attempt(job);
    books.commit([&] {
        CHECK(books.outbox().defer(books.settlement(job, attempt), Reason::out_of_resources, books.now + 5min));
    });
    CHECK(books.reason_of(job) == "out_of_resources");
    CHECK(claim(books, 1).empty());
    books.now += 5min;
    const auto again = books.commit([&] { return books.outbox().claim(books.destination(), 1, books.now).at(0); });
    CHECK(again.attempt_count == 0);
    CHECK(again.attempt != attempt);
}

TEST_CASE("outbox: a job that was handed back was not tried") {
    Books books;
    const auto job = books.job_in(State::sending);
    const auto attempt = books.open_attempt(job);
    books.commit([&] { CHECK(books.outbox().defer(books.settlement(job, attempt), Reason::handed_back, books.now)); });
    CHECK(books.number("SELECT attempt_count FROM job") == 0);
    CHECK(books.number("SELECT count(*) FROM attempt WHERE outcome = 'transient'") == 1);
}

TEST_CASE("outbox: an outcome of an earlier attempt, of another job or of a closed one changes nothing") {
    Books books;
    const auto job = books.job_in(State::sending);
    const auto first = books.open_attempt(job);
    books.commit([&] { CHECK(books.outbox().defer(books.settlement(job, first), Reason::interrupted, books.now)); });
    REQUIRE(claim(books, 1).size() == 1);
    const auto other = books.job_in(State::sending);
    const auto before = books.text("SELECT json_group_array(json_array(state, verb, changed_at_ms)) FROM job");
    const auto rows = books.history_rows();
    for (const AttemptId stale : {first, books.open_attempt(other), AttemptId{12345}}) {
        const auto late = books.settlement(job, stale);
        books.commit([&] {
            CHECK_FALSE(books.outbox().deliver(late, Evidence::response, false));
            CHECK_FALSE(books.outbox().defer(late, Reason::interrupted, books.now));
            CHECK_FALSE(books.outbox().doubt(late, Reason::no_response, books.now));
            CHECK_FALSE(books.outbox().hold(late, Reason::conflict));
            CHECK_FALSE(books.outbox().close_probe(late, books.now));
        });
    }
    CHECK(books.text("SELECT json_group_array(json_array(state, verb, changed_at_ms)) FROM job") == before);
    CHECK(books.history_rows() == rows);
    CHECK(books.number("SELECT count(*) FROM attempt WHERE closed_at_ms IS NULL") == 2);
}

TEST_CASE("outbox: a warning is delivered with its status, counted apart") {
    Books books;
    const auto job = books.job_in(State::sending);
    auto settled = books.settlement(job, books.open_attempt(job));
    settled.status = 0xB000;
    settled.text = "coerced";
    books.commit([&] { CHECK(books.outbox().deliver(settled, Evidence::response, true)); });
    CHECK(books.number("SELECT jobs FROM counter WHERE state = 'delivered' AND is_warning = 1") == 1);
    const auto study = Views(books.file()).study(books.text("SELECT study_instance_uid FROM study")).value();
    CHECK(study.deliveries.front().warning_count == 1);
    CHECK(study.deliveries.front().jobs.delivered == 1);
    CHECK(books.number("SELECT status FROM job") == 0xB000);
    CHECK(books.text("SELECT text FROM attempt") == "coerced");
    CHECK(books.number("SELECT detail ->> '$.status' FROM history WHERE event = 'delivered'") == 0xB000);
    CHECK(books.number("SELECT last_delivered_at_ms FROM destination WHERE id = 1") ==
          books.now.time_since_epoch().count());
}

TEST_CASE("outbox: a probe finds an uncertain job delivered, or absent, or nothing") {
    Books books;
    const auto probe = [&](JobId job) {
        return books.settlement(job, books.commit([&] { return books.outbox().ask(job, books.now).value(); }));
    };
    const auto found = books.job_in(State::uncertain);
    const auto yes = probe(found);
    books.commit([&] { CHECK(books.outbox().deliver(yes, Evidence::query, false)); });
    CHECK(books.text("SELECT evidence FROM job WHERE id = " + std::to_string(found.value)) == "query");

    const auto absent = books.job_in(State::uncertain);
    const auto no = probe(absent);
    books.commit([&] { CHECK(books.outbox().defer(no, Reason::absent, books.now)); });
    CHECK(books.text("SELECT outcome FROM attempt WHERE id = " + std::to_string(no.attempt.value)) == "absent");

    const auto open = books.job_in(State::uncertain);
    const auto mute = probe(open);
    books.commit([&] { CHECK(books.outbox().close_probe(mute, books.now + 1h)); });
    CHECK(books.state_of(open) == State::uncertain);
    CHECK(books.number("SELECT due_at_ms FROM job WHERE id = " + std::to_string(open.value)) ==
          (books.now + 1h).time_since_epoch().count());
}

TEST_CASE("outbox: a second probe, or a person, overtakes the first; a probe stays open over a restart") {
    Books books;
    const auto job = books.job_in(State::uncertain);
    const auto first = books.commit([&] { return books.outbox().ask(job, books.now).value(); });
    const auto second = books.commit([&] { return books.outbox().ask(job, books.now).value(); });
    books.commit([&] { CHECK_FALSE(books.outbox().deliver(books.settlement(job, first), Evidence::query, false)); });
    books.restart();
    const auto other = books.job_in(State::uncertain);
    const auto third = books.commit([&] { return books.outbox().ask(other, books.now).value(); });
    books.commit([&] {
        CHECK(books.outbox().deliver(books.settlement(job, second), Evidence::commitment, false));
        CHECK(books.outbox().cancel(other, Reason::moved, alice, books.now).applied);
        CHECK_FALSE(books.outbox().deliver(books.settlement(other, third), Evidence::query, false));
    });
    CHECK(books.text("SELECT text FROM attempt WHERE id = " + std::to_string(third.value)) == "overtaken by cancel");
}

TEST_CASE("outbox confirm: evidence grows and never shrinks; an operator's word gives way") {
    Books books;
    const auto job = books.job_in(State::held);
    books.commit([&] { CHECK(books.outbox().adopt(job, alice, books.now).applied); });
    const auto confirm = [&](Evidence evidence) {
        const auto attempt = books.commit([&] { return books.outbox().ask(job, books.now).value(); });
        books.commit([&] { CHECK(books.outbox().confirm(books.settlement(job, attempt), evidence)); });
        return books.text("SELECT evidence FROM job");
    };
    CHECK(books.text("SELECT evidence FROM job") == "operator");
    CHECK(confirm(Evidence::query) == "query");
    CHECK(confirm(Evidence::readback) == "readback");
    CHECK(confirm(Evidence::query) == "readback");
    CHECK(confirm(Evidence::commitment) == "commitment");
    CHECK(confirm(Evidence::readback) == "commitment");
}

TEST_CASE("outbox recall: twice it is sent again, in a new round; the third time a person is asked") {
    Books books;
    const auto job = books.job_in(State::delivered);
    const auto recall = [&] {
        const auto attempt = books.commit([&] { return books.outbox().ask(job, books.now).value(); });
        return books.commit([&] { return books.outbox().recall(books.settlement(job, attempt), books.now); });
    };
    const auto deliver = [&] {
        const auto claimed =
            books.commit([&] { return books.outbox().claim(books.destination(), 1, books.now).at(0); });
        books.commit(
            [&] { CHECK(books.outbox().deliver(books.settlement(job, claimed.attempt), Evidence::response, false)); });
        return claimed.round;
    };
    CHECK(recall());
    CHECK(books.state_of(job) == State::queued);
    CHECK(deliver() == 2);
    CHECK(recall());
    CHECK(deliver() == 3);
    CHECK(recall());
    CHECK(books.state_of(job) == State::held);
    CHECK(books.reason_of(job) == "denied_repeatedly");
    books.commit([&] { CHECK(books.outbox().release(job, alice, books.now).applied); });
    CHECK(deliver() == 4);
    CHECK(books.number("SELECT count(*) FROM attempt WHERE outcome = 'delivered'") == 4);
}

TEST_CASE("outbox recall: without its bytes a delivery stands; damaged, it waits for a person") {
    Books books;
    const auto purged = books.job_in(State::delivered);
    const auto probe = books.commit([&] { return books.outbox().ask(purged, books.now).value(); });
    books.commit([&] { CHECK(books.outbox().begin_purge(books.now + 1h, 10, books.now).size() == 1); });
    books.commit([&] { CHECK_FALSE(books.outbox().recall(books.settlement(purged, probe), books.now)); });
    CHECK(books.state_of(purged) == State::delivered);

    const auto damaged = books.job_in(State::delivered);
    books.commit([&] { books.outbox().damage(digest_of(1'000'002, 0), books.now); });
    const auto second = books.commit([&] { return books.outbox().ask(damaged, books.now).value(); });
    books.commit([&] { CHECK(books.outbox().recall(books.settlement(damaged, second), books.now)); });
    CHECK(books.state_of(damaged) == State::held);
    CHECK(books.reason_of(damaged) == "damaged");
}
