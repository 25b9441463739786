/// The quiet period: a job waits until nothing more of its study has come for long enough.
#include <doctest/doctest.h>

#include "outbox/views.h"
#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds quiet = 15min;

/// An instance of the study of its number (ten instances each), whose job waits as the receiving side plans it.
JobId arrive(Books& books, int instance, std::chrono::milliseconds wait = quiet) {
    Receipt receipt = books.receipt(instance);
    receipt.jobs[0].waiting = Reason::quiet_period;
    receipt.jobs[0].due_at = books.now + wait;
    return books.accept(receipt).jobs.at(0);
}

std::int64_t settle(Books& books, std::chrono::milliseconds period = quiet, std::size_t limit = 500) {
    return books.commit([&] { return books.outbox().settle_quiet(books.destination(), period, limit, books.now); });
}

std::size_t claimed(Books& books) {
    return books.commit([&] { return books.outbox().claim(books.destination(), 100, books.now).size(); });
}

Instant due_of(Books& books, JobId job) {
    return Instant(
        std::chrono::milliseconds(books.number("SELECT due_at_ms FROM job WHERE id = " + std::to_string(job.value))));
}

}  // namespace

TEST_CASE("outbox quiet: a study is complete when nothing of it has come for the whole period") {
    Books books;
    const auto first = arrive(books, 1);
    const auto elsewhere = arrive(books, 11);
    const Instant begun = books.now;
    books.now += 10min;
    arrive(books, 2);
    CHECK(settle(books) == 0);
    books.now = begun + 15min;
    // Of the first study something came ten minutes ago; of the other one nothing.
    CHECK(settle(books) == 2);
    CHECK(due_of(books, first) == begun + 25min);
    CHECK(books.reason_of(first) == "quiet_period");
    CHECK(books.reason_of(elsewhere).empty());
    CHECK(settle(books) == 0);
    CHECK(claimed(books) == 1);
    books.now = begun + 25min;
    CHECK(settle(books) == 2);
    CHECK(claimed(books) == 2);
    CHECK(books.number("SELECT count(*) FROM history WHERE event NOT IN ('received')") == 0);
}

TEST_CASE("outbox quiet: nothing of it is due, claimed or put off before it was looked at") {
    Books books;
    const auto job = arrive(books, 1);
    books.now += 1h;
    const Views views(books.file());
    CHECK(views.due(books.destination(), books.now, 10).empty());
    CHECK(claimed(books) == 0);
    CHECK(books.commit([&] {
        return books.outbox().claim(books.destination(), std::vector<JobId>{job}, 1, books.now).size();
    }) == 0);
    CHECK(books.commit([&] {
        return books.outbox().postpone_due(books.destination(), Reason::time_window, books.now + 1h, 10, books.now);
    }) == 0);
    // But a lane is told when to look.
    CHECK(views.next_due_at(books.destination(), books.now).value() < books.now);
    CHECK(views.has_quiet_to_settle(books.destination(), quiet, books.now));
    CHECK(settle(books) == 1);
    CHECK_FALSE(views.has_quiet_to_settle(books.destination(), quiet, books.now));
    CHECK(views.due(books.destination(), books.now, 10).size() == 1);
    CHECK(books.commit([&] {
        return books.outbox().postpone_due(books.destination(), Reason::time_window, books.now + 1h, 10, books.now);
    }) == 1);
    CHECK(books.reason_of(job) == "time_window");
}

TEST_CASE("outbox quiet: late instances wait alone; what was sent is not sent again") {
    Books books;
    const auto first = arrive(books, 1);
    books.now += quiet;
    settle(books);
    CHECK(claimed(books) == 1);
    books.now += 1h;
    const auto late = arrive(books, 2);
    settle(books);
    CHECK(claimed(books) == 0);
    books.now += quiet;
    CHECK(settle(books) == 1);
    CHECK(claimed(books) == 1);
    CHECK(books.state_of(first) == State::sending);
    CHECK(books.state_of(late) == State::sending);
}

TEST_CASE("outbox quiet: a repeat brings nothing new and prolongs nothing; another version does") {
    Books books;
    const auto first = arrive(books, 1);
    const Instant begun = books.now;
    books.now += 10min;
    CHECK(books.accept(books.receipt(1)).is_repeat);
    books.now = begun + quiet;
    settle(books);
    CHECK(books.reason_of(first).empty());
    const auto other = arrive(books, 3);
    books.now += 10min;
    Receipt version = books.receipt(3, 7);
    version.jobs[0].waiting = Reason::quiet_period;
    version.jobs[0].due_at = books.now + quiet;
    books.accept(version);
    books.now = due_of(books, other);
    settle(books);
    CHECK(due_of(books, other) == books.now + 10min);
}

TEST_CASE("outbox quiet: an instance without a study waits its own period") {
    Books books;
    Receipt receipt = books.receipt(1);
    receipt.instance.study_instance_uid = receipt.instance.series_instance_uid = "";
    receipt.jobs[0].waiting = Reason::quiet_period;
    receipt.jobs[0].due_at = books.now + quiet;
    books.accept(receipt);
    books.now += quiet;
    CHECK(settle(books) == 1);
    CHECK(claimed(books) == 1);
}

TEST_CASE("outbox quiet: another setting counts for what waits already") {
    Books books;
    const auto job = arrive(books, 1);
    const Instant begun = books.now;
    books.now += 2min;
    CHECK(settle(books, 10min) == 1);  // shortened
    CHECK(due_of(books, job) == begun + 10min);
    CHECK(settle(books, 10min) == 0);
    books.now = begun + 10min;
    CHECK(settle(books, 30min) == 1);  // prolonged
    CHECK(due_of(books, job) == begun + 30min);
    CHECK(settle(books, 0min) == 1);  // taken out
    CHECK(books.reason_of(job).empty());
    CHECK(claimed(books) == 1);
}

TEST_CASE("outbox quiet: a clock that was wrong holds nothing back for longer than the period") {
    Books books;
    books.now += 24h * 365;
    const auto ahead = arrive(books, 1);
    books.now -= 24h * 365;
    const auto now = arrive(books, 2);
    CHECK(settle(books) == 1);
    CHECK(books.reason_of(ahead).empty());
    books.now += quiet;
    CHECK(settle(books) == 1);
    CHECK(books.reason_of(now).empty());
    // A little ahead is waited for, once.
    books.now += 5min;
    const auto little = arrive(books, 21);
    books.now -= 5min;
    const Instant begun = books.now;
    CHECK(settle(books) == 1);
    CHECK(due_of(books, little) == begun + quiet);
    CHECK(settle(books) == 0);
    books.now += quiet + 5min;
    CHECK(settle(books) == 1);
    CHECK(books.reason_of(little).empty());
}

TEST_CASE("outbox quiet: it goes in slices, by the order of their ends, and a restart changes nothing") {
    Books books;
    for (int i = 0; i < 9; ++i) {
        arrive(books, i);
        books.now += 1s;
    }
    books.now += 1h;
    books.restart();
    CHECK(settle(books, quiet, 4) == 4);
    CHECK(books.number("SELECT max(id) FROM job WHERE reason = ''") == 4);
    CHECK(settle(books, quiet, 4) == 4);
    CHECK(settle(books, quiet, 4) == 1);
    CHECK(settle(books, quiet, 4) == 0);
    CHECK(claimed(books) == 9);
}

TEST_CASE("outbox quiet: a study of a thousand costs a few changes per instance, not one per pair") {
    Books books;
    const Instant begun = books.now;
    std::int64_t changes = 0;
    constexpr int many = 1'000;
    for (int i = 0; i < many; ++i) {
        Receipt receipt = books.receipt(i);
        receipt.instance.study_instance_uid = "1.2.4.1";
        receipt.jobs[0].waiting = Reason::quiet_period;
        receipt.jobs[0].due_at = books.now + quiet;
        books.commit([&] {
            books.outbox().accept(receipt);
            changes += books.outbox().settle_quiet(books.destination(), quiet, 500, books.now);
        });
        books.now += 2s;
    }
    while (const auto changed = settle(books)) changes += changed;
    CHECK(claimed(books) == 0);
    books.now = begun + 2s * many + quiet;
    while (const auto changed = settle(books)) changes += changed;
    CHECK(claimed(books) == 100);
    // It came for 33 minutes: each waited through at most three periods.
    CHECK(changes <= 4 * many);
}

TEST_CASE("outbox quiet: an operator's retry goes at once, a resume hurries nothing, hold and release end the wait") {
    Books books;
    const auto retried = arrive(books, 1);
    const auto resumed = arrive(books, 11);
    const auto held = arrive(books, 21);
    books.commit([&] {
        books.outbox().retry(retried, alice, books.now);
        books.outbox().resume(books.destination(), alice, books.now);
        books.outbox().hold(held, alice, books.now);
    });
    CHECK(books.reason_of(resumed) == "quiet_period");
    CHECK(claimed(books) == 1);
    books.commit([&] { books.outbox().release(held, alice, books.now); });
    CHECK(claimed(books) == 1);
    CHECK(books.state_of(resumed) == State::queued);
}

TEST_CASE("outbox quiet: a study's view says how many wait for it and how many nobody wants") {
    Books books;
    arrive(books, 1);
    arrive(books, 2);
    books.accept(books.receipt(3, 0, 0));
    const Views views(books.file());
    const auto study = views.study("1.2.4.0").value();
    CHECK(study.quiet_count == 2);
    CHECK(study.unrouted_count == 1);
    CHECK(views.studies({}, std::nullopt, 10).studies.at(0).unrouted_count == 1);
}
