/// Taking custody: first, again, restored, another version, and jobs that are added later.
#include <doctest/doctest.h>

#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

TEST_CASE("outbox accept: an instance, its association, receipt, jobs and one history row") {
    Books books;
    const auto accepted = books.accept(books.receipt(1, 0, 3));
    CHECK(accepted.version == 1);
    CHECK_FALSE(accepted.is_repeat);
    CHECK_FALSE(accepted.was_restored);
    CHECK(accepted.jobs.size() == 3);
    CHECK(books.history_rows() == 1);
    CHECK(books.text("SELECT event FROM history") == "received");
    CHECK(books.text("SELECT detail ->> '$.destinations' FROM history") == R"(["pacs","cloud","shelf"])");
    CHECK(books.text("SELECT detail ->> '$.routes[0]' FROM history") == R"(national "first")");
    CHECK(books.text("SELECT typeof(detail ->> '$.repeat') || (detail -> '$.repeat') FROM history") == "integerfalse");
    CHECK(books.text("SELECT detail ->> '$.calling_ae_title' FROM history") == "CT1");
    CHECK(books.number("SELECT count(*) FROM job WHERE state = 'queued' AND reason = '' AND receipt_id = 1") == 3);
}

TEST_CASE("outbox accept: associations are one row per generation and serial") {
    Books books;
    books.accept(books.receipt(1));
    books.accept(books.receipt(2));
    auto other = books.receipt(3);
    other.association.serial = 2;
    books.accept(other);
    CHECK(books.number("SELECT count(*) FROM association") == 2);
    books.restart();
    books.accept(books.receipt(4));
    CHECK(books.number("SELECT count(*) FROM association") == 3);
    CHECK(books.number("SELECT count(*) FROM sender") == 1);
    CHECK(books.number("SELECT receipts FROM sender") == 4);
}

TEST_CASE("outbox accept: the same bytes again make a receipt, and jobs only where there is none in any state") {
    Books books;
    const auto first = books.accept(books.receipt(1, 0, 1));
    books.commit([&] { books.outbox().cancel(first.jobs[0], Reason::moved, alice, books.now); });
    const auto again = books.accept(books.receipt(1, 0, 3));
    CHECK(again.is_repeat);
    CHECK_FALSE(again.was_restored);
    CHECK(again.instance == first.instance);
    CHECK(again.version == 1);
    CHECK(again.jobs.size() == 2);
    CHECK(books.state_of(first.jobs[0]) == State::cancelled);
    CHECK(books.number("SELECT count(*) FROM receipt") == 2);
    CHECK(books.number("SELECT n FROM tally WHERE name = 'instances'") == 1);
}

TEST_CASE("outbox accept: an unrouted instance is counted until a job names it") {
    Books books;
    books.accept(books.receipt(1, 0, 0));
    CHECK(books.number("SELECT n FROM tally WHERE name = 'unrouted'") == 1);
    books.accept(books.receipt(1, 0, 1));
    CHECK(books.number("SELECT n FROM tally WHERE name = 'unrouted'") == 0);
}

TEST_CASE("outbox accept: the same bytes after a purge are kept again, and retention begins anew") {
    Books books;
    const auto job = books.job_in(State::delivered);
    const auto digest = books.commit([&] { return books.outbox().begin_purge(books.now + 1h, 10, books.now).at(0); });
    books.commit([&] { books.outbox().end_purge(std::span(&digest, 1), books.now); });
    CHECK(books.text("SELECT blob_state FROM instance") == "purged");
    books.now += 24h;
    const auto again = books.accept(books.receipt(1'000'001));
    CHECK(again.was_restored);
    CHECK(again.jobs.empty());
    CHECK(books.state_of(job) == State::delivered);
    CHECK(books.text("SELECT blob_state FROM instance") == "kept");
    CHECK(books.number("SELECT finished_at_ms FROM instance") == books.now.time_since_epoch().count());
    CHECK(books.commit([&] { return books.outbox().begin_purge(books.now, 10, books.now).size(); }) == 0);
}

TEST_CASE(
    "outbox accept: the same bytes between the mark and the removal win, and the end of the purge changes nothing") {
    Books books;
    books.job_in(State::delivered);
    const auto digest = books.commit([&] { return books.outbox().begin_purge(books.now + 1h, 10, books.now).at(0); });
    CHECK_FALSE(books.commit([&] { return books.outbox().names(digest); }));
    CHECK(books.accept(books.receipt(1'000'001)).was_restored);
    CHECK(books.commit([&] { return books.outbox().names(digest); }));
    books.commit([&] { books.outbox().end_purge(std::span(&digest, 1), books.now); });
    CHECK(books.text("SELECT blob_state FROM instance") == "kept");
    CHECK(books.commit([&] { return books.outbox().purging(10).size(); }) == 0);
}

TEST_CASE("outbox accept: bytes that come back release what was held as damaged, and ask where it may have arrived") {
    Books books;
    const auto queued = books.job_in(State::queued);
    const auto uncertain = books.job_in(State::uncertain);
    const auto by_person = books.job_in(State::held);
    for (int i = 1; i <= 3; ++i) {
        books.commit([&] { books.outbox().damage(digest_of(1'000'000 + i, 0), books.now); });
    }
    CHECK(books.reason_of(queued) == "damaged");
    CHECK(books.reason_of(uncertain) == "damaged");
    CHECK(books.reason_of(by_person) == "held_by_operator");
    for (int i = 1; i <= 3; ++i) CHECK(books.accept(books.receipt(1'000'000 + i)).was_restored);
    CHECK(books.state_of(queued) == State::queued);
    CHECK(books.state_of(uncertain) == State::uncertain);
    CHECK(books.reason_of(uncertain) == "no_response");
    CHECK(books.state_of(by_person) == State::held);
}

TEST_CASE("outbox accept: other bytes of the same instance are its next version, as the destination wants them") {
    Books books;
    books.accept(books.receipt(1, 0, 3));
    books.commit([&] { books.outbox().hold(JobId{2}, alice, books.now); });
    auto next = books.receipt(1, 7, 3);
    next.jobs[0].on_new_version = OnNewVersion::send;
    next.jobs[1].on_new_version = OnNewVersion::replace;
    next.jobs[2].on_new_version = OnNewVersion::hold;
    const auto accepted = books.accept(next);
    CHECK(accepted.version == 2);
    CHECK_FALSE(accepted.is_repeat);
    REQUIRE(accepted.jobs.size() == 3);
    CHECK(books.state_of(JobId{1}) == State::queued);
    CHECK(books.state_of(JobId{2}) == State::cancelled);
    CHECK(books.reason_of(JobId{2}) == "replaced");
    CHECK(books.state_of(JobId{3}) == State::queued);
    CHECK(books.state_of(accepted.jobs[0]) == State::queued);
    CHECK(books.state_of(accepted.jobs[1]) == State::queued);
    CHECK(books.state_of(accepted.jobs[2]) == State::held);
    CHECK(books.reason_of(accepted.jobs[2]) == "newer_version");
    CHECK(books.number("SELECT instance_count FROM study") == 1);
}

TEST_CASE("outbox accept: replace leaves what is sending or delivered, and other destinations, alone") {
    Books books;
    const auto sending = books.job_in(State::sending);
    auto next = books.receipt(1'000'001, 7, 1);
    next.jobs[0].on_new_version = OnNewVersion::replace;
    books.accept(next);
    CHECK(books.state_of(sending) == State::sending);
    const auto delivered = books.job_in(State::delivered);
    auto second = books.receipt(1'000'002, 7, 1);
    second.jobs[0].on_new_version = OnNewVersion::replace;
    books.accept(second);
    CHECK(books.state_of(delivered) == State::delivered);
}

TEST_CASE("outbox accept: a job may begin held by a rule, or waiting") {
    Books books;
    auto receipt = books.receipt(1, 0, 2);
    receipt.jobs[0].hold = Reason::held_by_rule;
    receipt.jobs[1].waiting = Reason::quiet_period;
    receipt.jobs[1].due_at = books.now + 15min;
    const auto accepted = books.accept(receipt);
    CHECK(books.state_of(accepted.jobs[0]) == State::held);
    CHECK(books.reason_of(accepted.jobs[0]) == "held_by_rule");
    CHECK(books.reason_of(accepted.jobs[1]) == "quiet_period");
    CHECK(books.number("SELECT is_waiting FROM job WHERE id = 2") == 1);
    CHECK(books.commit([&] { return books.outbox().claim(books.destination(1), 9, books.now + 14min).size(); }) == 0);
    // Nor once it is due: first its study is looked at.
    CHECK(books.commit([&] { return books.outbox().claim(books.destination(1), 9, books.now + 15min).size(); }) == 0);
}

TEST_CASE("outbox accept, add: what is planned for a destination that has left the configuration begins held") {
    Books books;
    auto receipt = books.receipt(1, 0, 3);
    receipt.jobs[1].waiting = Reason::quiet_period;
    receipt.jobs[2].hold = Reason::held_by_rule;
    const std::vector<DestinationSpec> left{{"pacs", "dicom"}};
    books.commit([&] { books.outbox().configure(left, books.now); });
    const auto accepted = books.accept(receipt);
    REQUIRE(accepted.jobs.size() == 3);
    CHECK(books.state_of(accepted.jobs[0]) == State::queued);
    CHECK(books.state_of(accepted.jobs[1]) == State::held);
    CHECK(books.reason_of(accepted.jobs[1]) == "destination_removed");
    CHECK(books.state_of(accepted.jobs[2]) == State::held);
    CHECK(books.reason_of(accepted.jobs[2]) == "held_by_rule");
    const auto instance = books.accept(books.receipt(2, 0, 0)).instance;
    const std::vector<PlannedJob> planned{{books.destination(1), Priority::low, books.now}};
    const auto added = books.commit([&] { return books.outbox().add(instance, planned, alice, books.now); });
    REQUIRE(added.size() == 1);
    CHECK(books.reason_of(added[0]) == "destination_removed");
    // It comes back with its destination; what a rule holds waits for a person all the same.
    books.commit([&] {
        books.outbox().configure(
            std::vector<DestinationSpec>{{"pacs", "dicom"}, {"cloud", "dicom"}, {"shelf", "folder"}}, books.now);
        books.outbox().settle_removed(100, books.now);
    });
    CHECK(books.state_of(accepted.jobs[1]) == State::queued);
    CHECK(books.state_of(added[0]) == State::queued);
    CHECK(books.state_of(accepted.jobs[2]) == State::held);
}

TEST_CASE("outbox accept: an object without a patient has no study") {
    Books books;
    auto receipt = books.receipt(1);
    receipt.instance.study_instance_uid = "";
    receipt.instance.series_instance_uid = "";
    books.accept(receipt);
    CHECK(books.number("SELECT study_instance_uid IS NULL AND series_instance_uid IS NULL FROM instance") == 1);
    CHECK(books.number("SELECT count(*) FROM study") == 0);
}

TEST_CASE("outbox add: jobs of an instance that is here, each with a history row; none without its bytes") {
    Books books;
    const auto instance = books.accept(books.receipt(1, 0, 0)).instance;
    const std::vector<PlannedJob> planned{{books.destination(0), Priority::low, books.now},
                                          {books.destination(1), Priority::low, books.now}};
    const auto add = [&](const Actor& actor) {
        return books.commit([&] { return books.outbox().add(instance, planned, actor, books.now); });
    };
    CHECK(add({"bridge", "failover"}).size() == 2);
    CHECK(add(alice).empty());
    CHECK(books.number("SELECT count(*) FROM history WHERE event = 'added' AND actor = 'bridge'") == 2);
    CHECK(books.commit([&] { return books.outbox().add(InstanceId{99}, planned, alice, books.now); }).empty());
    const auto other = books.accept(books.receipt(2, 0, 0)).instance;
    books.commit([&] { books.outbox().damage(digest_of(2, 0), books.now); });
    CHECK(books.commit([&] { return books.outbox().add(other, planned, alice, books.now); }).empty());
}
