/// Tests of moving jobs to another destination, and of making many due a few at a time.
#include <doctest/doctest.h>

#include <map>

#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace std::chrono_literals;

namespace outbox::testing {

namespace {

PlannedJob to(DestinationId destination, Instant now) {
    PlannedJob there;
    there.destination = destination;
    there.due_at = now;
    return there;
}

}  // namespace

TEST_CASE("outbox: a job is moved as one: given up here, promised there, both in the history") {
    Books books;
    const auto job = books.accept(books.receipt(1)).jobs.front();
    const auto there = to(books.destination(2), books.now);
    CHECK(books.commit([&] { return books.outbox().move(job, there, alice, books.now); }).applied);
    const Views views(books.file());
    const auto old = views.job(job).value();
    CHECK(old.state == State::cancelled);
    CHECK(old.reason == Reason::moved);
    CHECK(old.actor == "local:alice");
    JobFilter at_new;
    at_new.state = State::queued;
    const auto page = views.jobs(at_new, std::nullopt, 10);
    REQUIRE(page.jobs.size() == 1);
    CHECK(page.jobs.front().priority == old.priority);
    CHECK_FALSE(books.commit([&] { return books.outbox().move(job, there, alice, books.now); }).applied);
}

TEST_CASE("outbox: moving there and back begins another round where the job was given up before") {
    Books books;
    const auto job = books.accept(books.receipt(1)).jobs.front();
    books.commit(
        [&] { CHECK(books.outbox().move(job, to(books.destination(2), books.now), alice, books.now).applied); });
    const Views views(books.file());
    const auto moved = views.jobs({}, std::nullopt, 10).jobs.front().id;
    books.commit(
        [&] { CHECK(books.outbox().move(moved, to(books.destination(), books.now), alice, books.now).applied); });
    CHECK(views.job(moved)->state == State::cancelled);
    CHECK(views.job(job)->state == State::queued);
    CHECK(views.job(job)->round == 2);
}

TEST_CASE("outbox: what is being sent, or whose bytes are not kept, is not moved and stays promised") {
    Books books;
    const auto receipt = books.receipt(1);
    const auto job = books.accept(receipt).jobs.front();
    const auto there = to(books.destination(2), books.now);
    books.commit([&] { CHECK(books.outbox().damage(receipt.instance.digest, books.now) == 1); });
    const auto refused = books.commit([&] { return books.outbox().move(job, there, alice, books.now); });
    CHECK_FALSE(refused.applied);
    CHECK(refused.state == State::held);

    const auto other = books.accept(books.receipt(2)).jobs.front();
    books.commit([&] { CHECK(books.outbox().claim(books.destination(), 1, books.now).size() == 1); });
    const auto sending = books.commit([&] { return books.outbox().move(other, there, alice, books.now); });
    CHECK_FALSE(sending.applied);
    CHECK(sending.state == State::sending);
}

TEST_CASE("outbox: many retried jobs become due a few per second and destination; what is due already stays due") {
    Books books;
    for (int i = 1; i <= 7; ++i) books.accept(books.receipt(i));
    JobFilter all;
    all.state = State::queued;
    const Views views(books.file());
    const auto page = views.jobs(all, std::nullopt, 100);
    REQUIRE(page.jobs.size() == 7);
    const auto due_already = page.jobs.back().id;
    for (const auto& each : page.jobs) {
        if (each.id == due_already) continue;
        books.commit([&] { CHECK(books.outbox().postpone(each.id, Reason::time_window, books.now + 10h, books.now)); });
    }
    Spread spread(2, books.now);
    std::optional<JobId> from = JobId{};
    while (from) {  // in slices that are smaller than a second's share
        const auto slice =
            books.commit([&] { return books.outbox().act(Verb::retry, all, *from, 1, alice, books.now, &spread); });
        from = slice.next;
    }
    std::map<Instant, int> due;
    for (const auto& each : views.jobs(all, std::nullopt, 100).jobs) ++due[each.due_at];
    CHECK(views.job(due_already)->due_at <= books.now);
    CHECK(due[books.now + 1s] == 2);
    CHECK(due[books.now + 2s] == 2);
    CHECK(due.rbegin()->first == books.now + 2s);
}

TEST_CASE("outbox: resuming makes due a few per second, the most urgent first") {
    Books books;
    for (int i = 1; i <= 5; ++i) {
        const auto job = books.accept(books.receipt(i)).jobs.front();
        books.commit([&] {
            const auto claimed = books.outbox().claim(books.destination(), 1, books.now);
            const Settlement settlement{claimed.front().job, claimed.front().attempt, books.now, {}, "", 0};
            CHECK(books.outbox().defer(settlement, Reason::unreachable, books.now + 10h));
        });
        CHECK(job.value > 0);
    }
    books.commit([&] { return books.outbox().resume(books.destination(), alice, books.now, 2); });
    std::map<Instant, int> due;
    const Views views(books.file());
    for (const auto& each : views.jobs({}, std::nullopt, 100).jobs) ++due[each.due_at];
    CHECK(due == std::map<Instant, int>{{books.now, 2}, {books.now + 1s, 2}, {books.now + 2s, 1}});
}

}  // namespace outbox::testing
