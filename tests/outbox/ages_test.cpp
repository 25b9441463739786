/// Ages of what is undelivered, compared with a plain count and with the lists that the cells lead to.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/outbox/books.h"
#include "tests/outbox/random_books.h"

using namespace outbox;
using namespace outbox::testing;
using namespace std::chrono_literals;

namespace {

std::size_t column_of(Instant at, Instant made_at) {
    std::size_t column = 0;
    while (column < age_minutes.size() && at - made_at >= std::chrono::minutes(age_minutes[column])) ++column;
    return column;
}

JobFilter filter_of(const AgesView& ages, const std::string& destination, std::size_t column) {
    JobFilter filter;
    filter.destination = destination;
    filter.is_undelivered = true;
    filter.since = ages.since(column);
    filter.until = ages.until(column);
    return filter;
}

}  // namespace

TEST_CASE("ages: each cell is the number of undelivered jobs of that age, and of the list that it leads to") {
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    RandomBooks books(seed, 600);
    const auto jobs = books.jobs();
    const Views views(books.file());
    // Whenever one looks, also at the very instants at which a job passes from one column to the next, and from before.
    std::vector<Instant> instants{books.now(), books.now() + 30min, books.random_instant()};
    for (const std::int64_t minutes : age_minutes) {
        const Instant made_at = jobs[static_cast<std::size_t>(books.random(static_cast<int>(jobs.size())))].created_at;
        for (const auto step : {-1ms, 0ms, 1ms}) instants.push_back(made_at + std::chrono::minutes(minutes) + step);
    }
    std::int64_t seen = 0;
    for (const Instant at : instants) {
        const AgesView ages = views.ages(at);
        CHECK(ages.at == at);
        REQUIRE(ages.destinations.size() == RandomBooks::destinations.size());
        for (const DestinationAges& each : ages.destinations) {
            CAPTURE(each.name);
            std::array<std::int64_t, age_minutes.size() + 1> expected{};
            std::int64_t waiting = 0;
            for (const PlainJob& job : jobs) {
                if (job.destination_name != each.name || job.state == State::delivered || job.state == State::cancelled)
                    continue;
                ++(is_waiting(job.reason) ? waiting : expected[column_of(at, job.created_at)]);
            }
            CHECK(each.undelivered == expected);
            CHECK(each.waiting == waiting);
            seen += std::accumulate(expected.begin(), expected.end() - 1, std::int64_t{0});
            for (std::size_t column = 0; column < expected.size(); ++column)
                CHECK(views.count_jobs(filter_of(ages, each.name, column)) == expected[column]);
        }
    }
    CHECK(seen > 0);
}

TEST_CASE("ages: the columns touch each other, and have no other ends") {
    AgesView ages;
    ages.at = Instant(1'000'000s);
    CHECK(!ages.until(0));
    CHECK(!ages.since(age_minutes.size()));
    for (std::size_t column = 0; column < age_minutes.size(); ++column) {
        CHECK(ages.since(column) == ages.until(column + 1));
        CHECK(ages.since(column) == ages.at - std::chrono::minutes(age_minutes[column]) + 1ms);
    }
}

TEST_CASE("ages: a verb by filter means the same jobs as the cell") {
    Books books;
    for (const State state : every_state) books.job_in(state);
    auto waits = books.receipt(900);
    waits.jobs.front().waiting = Reason::quiet_period;
    waits.jobs.front().due_at = books.now + 1h;
    books.accept(waits);
    const Views views(books.file());
    const AgesView ages = views.ages(books.now + 6min);
    REQUIRE(!ages.destinations.empty());
    std::string name =
        books.text("SELECT name FROM destination WHERE id = " + std::to_string(books.destination().value));
    const auto found = std::ranges::find(ages.destinations, name, &DestinationAges::name);
    REQUIRE(found != ages.destinations.end());
    CHECK(found->undelivered[1] == 4);
    CHECK(found->waiting == 1);
    const JobFilter filter = filter_of(ages, name, 1);
    CHECK(views.count_jobs(filter, Verb::cancel) == 3);  // one is sending
    const Slice slice =
        books.commit([&] { return books.outbox().act(Verb::cancel, filter, JobId{}, 100, alice, books.now); });
    CHECK(slice.changed == 3);
    CHECK(books.number("SELECT count(*) FROM job WHERE state = 'queued' AND is_waiting") == 1);
}

TEST_CASE("ages: a destination that left the configuration is there only while it is owed something") {
    Books books;
    const auto names = [&] {
        std::vector<std::string> all;
        for (const auto& each : Views(books.file()).ages(books.now).destinations) all.push_back(each.name);
        return all;
    };
    CHECK(names().size() == 3);
    const JobId job = books.job_in(State::held);
    books.commit([&] { books.outbox().configure({}, books.now); });
    CHECK(names().size() == 1);
    books.commit([&] { return books.outbox().act(Verb::cancel, job, alice, books.now); });
    CHECK(names().empty());
}
