/// Destinations: names for ever, removal and return, pausing, and the state of a lane.
#include <doctest/doctest.h>

#include "tests/outbox/books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

static std::vector<std::string> events(Books& books) {
    std::vector<std::string> words;
    for (std::int64_t i = 1; i <= books.history_rows(); ++i) {
        words.push_back(
            books.text("SELECT event || ' ' || destination FROM history WHERE sequence = " + std::to_string(i)));
    }
    return words;
}

TEST_CASE("outbox configure: a name keeps its row for ever") {
    Books books;
    const auto id = books.destination(1);
    books.commit([&] {
        books.outbox().configure(std::vector<DestinationSpec>{{"pacs", "dicom"}}, books.now);
        CHECK(books.outbox().destination("cloud") == id);
        books.outbox().configure(std::vector<DestinationSpec>{{"cloud", "folder"}, {"fourth", "dicom"}}, books.now);
        CHECK(books.outbox().destination("cloud") == id);
        CHECK(books.outbox().destination("fourth")->value == 4);
        CHECK_FALSE(books.outbox().destination("fifth").has_value());
    });
    CHECK(books.text("SELECT kind FROM destination WHERE name = 'cloud'") == "folder");
    CHECK(books.text("SELECT group_concat(name) FROM destination WHERE is_configured = 0") == "pacs,shelf");
}

TEST_CASE("outbox settle_removed: what is owed to a removed destination is held in slices, and comes back with it") {
    Books books;
    for (int i = 0; i < 7; ++i) books.accept(books.receipt(i));
    const auto uncertain = books.job_in(State::uncertain);
    const auto sending = books.job_in(State::sending);
    const auto settle = [&] {
        std::vector<std::int64_t> slices;
        for (;;) {
            slices.push_back(books.commit([&] { return books.outbox().settle_removed(5, books.now); }));
            if (slices.back() == 0) return slices;
        }
    };
    CHECK(settle() == std::vector<std::int64_t>{0});
    books.commit([&] { books.outbox().configure({}, books.now); });
    CHECK(settle() == std::vector<std::int64_t>{5, 3, 0});
    CHECK(books.number("SELECT count(*) FROM job WHERE state = 'held' AND reason = 'destination_removed'") == 8);
    CHECK(books.state_of(sending) == State::sending);
    books.commit([&] { books.outbox().configure(std::vector<DestinationSpec>{{"pacs", "dicom"}}, books.now); });
    CHECK(settle() == std::vector<std::int64_t>{5, 3, 0});
    CHECK(books.number("SELECT count(*) FROM job WHERE state = 'queued'") == 7);
    CHECK(books.state_of(uncertain) == State::uncertain);
}

TEST_CASE("outbox resume: what backs off or waits for an order is due; quiet period and time window stay") {
    Books books;
    const auto later = books.now + 24h;
    std::vector<JobId> jobs;
    for (const Reason reason :
         {Reason::quiet_period, Reason::time_window, Reason::order_not_found, Reason::no_accession}) {
        jobs.push_back(books.job_in(State::queued));
        books.commit([&] { CHECK(books.outbox().postpone(jobs.back(), reason, later, books.now)); });
    }
    jobs.push_back(books.job_in(State::sending));
    const auto attempt = books.open_attempt(jobs.back());
    books.commit(
        [&] { CHECK(books.outbox().defer(books.settlement(jobs.back(), attempt), Reason::unreachable, later)); });
    const auto uncertain = books.job_in(State::uncertain);
    const auto probe = books.commit([&] { return books.outbox().ask(uncertain, books.now).value(); });
    books.commit([&] { CHECK(books.outbox().close_probe(books.settlement(uncertain, probe), later)); });
    const auto rows = books.history_rows();
    books.commit([&] { CHECK_FALSE(books.outbox().resume(books.destination(), alice, books.now)); });
    // It was not paused, and yet somebody did something.
    CHECK(books.history_rows() == rows + 1);
    CHECK(books.number("SELECT count(*) FROM job WHERE due_at_ms > " +
                       std::to_string(books.now.time_since_epoch().count())) == 2);
    CHECK(books.reason_of(jobs[2]) == "order_not_found");
    CHECK(books.number("SELECT due_at_ms FROM job WHERE id = " + std::to_string(uncertain.value)) ==
          books.now.time_since_epoch().count());
    CHECK(books.commit([&] { return books.outbox().claim(books.destination(), 9, books.now).size(); }) == 3);
}

TEST_CASE("outbox: pausing and the lane's troubles are in the history when they begin and end, not in between") {
    Books books;
    auto& outbox = books.outbox();
    const auto pacs = books.destination();
    books.commit([&] {
        outbox.pause(pacs, alice, "disk \"exchange\"", books.now + 2h, books.now);
        CHECK(outbox.resume(pacs, alice, books.now));
        outbox.failing(pacs, "connection refused", 1, books.now + 1min, books.now);
        outbox.failing(pacs, "connection refused", 2, books.now + 2min, books.now);
        outbox.held_lane(pacs, Reason::tls_failed, "certificate expired", books.now + 30min, books.now);
        outbox.held_lane(pacs, Reason::tls_failed, "certificate expired", books.now + 60min, books.now);
        outbox.held_lane(pacs, Reason::not_authorised, "refused", books.now + 60min, books.now);
        outbox.recovered(pacs, books.now);
        outbox.recovered(pacs, books.now);
    });
    CHECK(events(books) == std::vector<std::string>{"paused pacs", "resumed pacs", "destination_failing pacs",
                                                    "destination_held pacs", "destination_held pacs",
                                                    "destination_recovered pacs"});
    CHECK(books.text("SELECT detail ->> '$.reason' FROM history WHERE sequence = 1") == "disk \"exchange\"");
    CHECK(books.number("SELECT detail ->> '$.until_ms' FROM history WHERE sequence = 1") ==
          (books.now + 2h).time_since_epoch().count());
    CHECK(books.number(
              "SELECT held_at_ms IS NULL AND failing_since_ms IS NULL AND failure_count = 0 FROM destination") == 1);
}

TEST_CASE("outbox: the last error is the last that happened, changes nothing about the lane, and outlives a recovery") {
    Books books;
    auto& outbox = books.outbox();
    const auto pacs = books.destination();
    const std::string last = "SELECT last_error FROM destination WHERE id = 1";
    const auto rows = books.history_rows();
    books.commit([&] { outbox.note_error(pacs, "status 0xC000", books.now); });
    CHECK(books.text(last) == "status 0xC000");
    CHECK(books.number("SELECT failing_since_ms IS NULL AND held_at_ms IS NULL AND failure_count = 0 FROM destination"
                       " WHERE id = 1") == 1);
    CHECK(books.history_rows() == rows);
    books.commit([&] {
        outbox.failing(pacs, "connection refused", 1, books.now + 2min, books.now + 1min);
        outbox.note_error(pacs, "older, written late", books.now + 30s);
        outbox.recovered(pacs, books.now + 5min);
    });
    CHECK(books.text(last) == "connection refused");
    CHECK(books.number("SELECT last_error_at_ms FROM destination WHERE id = 1") ==
          (books.now + 1min).time_since_epoch().count());
    CHECK(books.number("SELECT last_error_at_ms IS NULL FROM destination WHERE id = 2") == 1);
}

TEST_CASE("outbox: what troubles a lane survives a restart") {
    Books books;
    books.commit([&] {
        books.outbox().failing(books.destination(), "connection refused", 3, books.now + 1min, books.now);
        books.outbox().held_lane(books.destination(1), Reason::path_refused, "read-only", books.now + 30min, books.now);
        books.outbox().pause(books.destination(2), alice, "full", std::nullopt, books.now);
    });
    books.restart();
    CHECK(books.number("SELECT failure_count FROM destination WHERE id = 1") == 3);
    CHECK(books.text("SELECT held_reason FROM destination WHERE id = 2") == "path_refused");
    CHECK(books.text("SELECT paused_by FROM destination WHERE id = 3") == "local:alice");
}
