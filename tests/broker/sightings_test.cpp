// Who was at the door: at once, then merged, and bounded.
#include "broker/sightings.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/broker/committer/books.h"

using namespace std::chrono_literals;
using books_test::Books;

namespace {

/// Wall time stands still; monotonic time is what the test says.
class SetClock : public broker::Clock {
public:
    outbox::Instant now() const override { return books_test::start; }
    broker::Monotonic monotonic() const override { return broker::Monotonic{passed.load()}; }
    std::atomic<std::chrono::milliseconds> passed{0ms};
};

std::vector<outbox::SenderView> senders(Books& books) {
    return outbox::Views(books.database()).status().senders;
}

}  // namespace

TEST_CASE("sightings: the first is written at once, what follows within the minute with the stop") {
    Books books;
    SetClock clock;
    broker::Sightings sightings(books.committer, clock);
    sightings.start();
    sightings.note({"CT1", "10.1.0.1", "", "calling_ae_title"});
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (senders(books).empty() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    REQUIRE(senders(books).size() == 1);
    for (int i = 0; i < 500; ++i) sightings.note({"CT1", "10.1.0.1", "ct-1", "too_many_associations"});
    sightings.note({"", "10.1.0.1", "", "protocol_version"});
    CHECK(senders(books)[0].refused == 1);
    sightings.stop();
    sightings.stop();
    const auto all = senders(books);
    REQUIRE(all.size() == 1);
    CHECK(all[0].refused == 501);
    CHECK(all[0].refused_reason == "too_many_associations");
    CHECK(all[0].name == "ct-1");
    CHECK(all[0].receipts == 0);
}

TEST_CASE("sightings: of more visitors than there is room for in a minute the others are forgotten") {
    Books books;
    SetClock clock;
    broker::Sightings sightings(books.committer, clock);
    for (std::size_t i = 0; i < broker::Sightings::visitors_max + 50; ++i)
        sightings.note({"X" + std::to_string(i), "10.1.0.1", "", ""});
    sightings.start();
    sightings.stop();
    outbox::Views views(books.database());
    CHECK(views.status().senders.size() == outbox::Views::senders_max);
}

TEST_CASE("sightings: who comes after a flood is remembered at once") {
    Books books;
    SetClock clock;
    broker::Sightings sightings(books.committer, clock);
    sightings.start();
    for (std::size_t i = 0; i < broker::Sightings::visitors_max; ++i)
        sightings.note({"X" + std::to_string(i), "10.1.0.1", "", ""});
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    const auto is_there = [&](const std::string& title) {
        const outbox::Views views(books.database());
        const auto all = views.status().senders;
        return std::ranges::any_of(all, [&](const auto& each) { return each.calling_ae_title == title; });
    };
    // All of them are written.
    while (senders(books).size() < outbox::Views::senders_max && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    do {
        clock.passed = clock.passed.load() + 100ms;
        sightings.note({"ZCT", "10.1.0.2", "", "calling_ae_title"});
        std::this_thread::yield();
    } while (!is_there("ZCT") && std::chrono::steady_clock::now() < deadline);
    CHECK(is_there("ZCT"));
    CHECK(clock.passed.load() < 50s);  // and not with the minute's end
    sightings.stop();
}
