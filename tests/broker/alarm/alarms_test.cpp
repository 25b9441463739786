/// Alarms: what the thread sees becomes rows, once, over restarts; the disk is sampled and foretold.
#include "broker/alarm/alarms.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include "tests/broker/committer/books.h"

using namespace std::chrono_literals;
using books_test::Books;
using books_test::start;

namespace {

class SetClock : public broker::Clock {
public:
    outbox::Instant now() const override { return start + passed; }
    broker::Monotonic monotonic() const override { return broker::Monotonic(passed); }
    std::chrono::milliseconds passed{0};
};

struct House {
    House() { spdlog::set_level(spdlog::level::off); }

    broker::alarm::Alarms alarms() {
        return broker::alarm::Alarms({.committer = books.committer,
                                      .clock = clock,
                                      .database = books.database(),
                                      .space = space,
                                      .clocks = clocks,
                                      .config = [this] { return config; },
                                      .certificates = [] { return std::vector<broker::Certificate>{}; },
                                      .refusing = [this] { return refusing; },
                                      .on_change = [this] { ++changes; },
                                      .look_every = 10ms});
    }
    std::vector<outbox::AlarmView> raised() const { return outbox::Views(books.database()).alarms(); }
    std::size_t events(const std::string& event) const {
        outbox::HistoryFilter filter;
        filter.event = event;
        return outbox::Views(books.database()).history(filter, std::nullopt, 100).rows.size();
    }
    void take_unrouted(const std::string& uid) {
        auto linked = books.link(uid);
        auto receipt = books.receipt(linked, uid, false);
        books.committer.take_custody(std::move(linked), std::move(receipt));
    }

    Books books;
    SetClock clock;
    broker::receive::SpaceWatch space{books.spool, {}, clock};
    broker::alarm::ClockWatch clocks{clock};
    std::shared_ptr<broker::config::Config> config = std::make_shared<broker::config::Config>();
    std::optional<broker::alarm::Refusing> refusing;
    std::atomic<int> changes = 0;
};

}  // namespace

TEST_CASE("alarms: what is seen is raised once, changes, survives a restart, and is cleared when it is over") {
    House house;
    house.take_unrouted("1.2.3.1");
    {
        auto alarms = house.alarms();
        alarms.look();
        alarms.look();
        REQUIRE(house.raised().size() == 1);
        CHECK(house.raised()[0].alarm.name == "unrouted");
        CHECK(house.raised()[0].alarm.since == start);
        CHECK(house.changes == 1);
        house.take_unrouted("1.2.3.2");
        house.clock.passed += 3s;
        alarms.look();
        CHECK(house.raised()[0].alarm.count == 2);
        CHECK(house.changes == 1);
    }
    auto alarms = house.alarms();
    alarms.look();
    CHECK(house.raised().size() == 1);
    CHECK(house.events("alarm_raised") == 1);
    // What is switched off is over as well.
    house.config->alarm.unrouted = false;
    alarms.look();
    house.clock.passed += 119s;
    alarms.look();
    CHECK(house.raised().size() == 1);
    house.clock.passed += 1s;
    alarms.look();
    CHECK(house.raised().empty());
    CHECK(house.events("alarm_cleared") == 1);
    CHECK(house.changes == 2);
    house.refusing = broker::alarm::Refusing{start, "the disk is full"};
    alarms.look();
    REQUIRE(house.raised().size() == 1);
    CHECK(house.raised()[0].alarm.name == "refusing");
}

TEST_CASE("alarms: the thread looks by itself, and ends at once") {
    House house;
    house.take_unrouted("1.2.3.1");
    auto alarms = house.alarms();
    alarms.stop();
    alarms.start();
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (house.raised().empty() && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(5ms);  // between looks
    CHECK(house.raised().size() == 1);
    alarms.stop();
    alarms.stop();
}

TEST_CASE("alarms: the disk is sampled once an hour, over restarts, and forgotten after a fortnight") {
    House house;
    const auto count = [&] { return outbox::Views(house.books.database()).space_samples().size(); };
    {
        auto alarms = house.alarms();
        alarms.look();
        house.clock.passed += 59min;
        alarms.look();
        CHECK(count() == 1);
        house.clock.passed += 1min;
        alarms.look();
        CHECK(count() == 2);
    }
    auto alarms = house.alarms();
    alarms.look();
    CHECK(count() == 2);
    for (int hour = 0; hour < 14 * 24; ++hour) {
        house.clock.passed += 1h;
        alarms.look();
    }
    CHECK(count() == 14 * 24 + 1);
    // A clock that was set back begins anew at its own time.
    house.clock.passed -= 7 * 24h;
    alarms.look();
    CHECK(outbox::Views(house.books.database()).space_samples().back().at == house.clock.now());
}

TEST_CASE("alarms: a disk that fills is foretold, by what is in the books, and is an alarm") {
    House house;
    const auto space = house.books.spool.space();
    // As if a hundredth of what is free had gone each hour.
    house.books.committer.run(broker::Turn::settlement, [&](outbox::Outbox& outbox) {
        for (int hour = 0; hour <= 12; ++hour) {
            const auto free = static_cast<std::int64_t>(space.free_bytes) * (112 - hour) / 100;
            outbox.note_space({start + hour * 1h, free, 0, free / 50 * hour, 0}, start);
        }
    });
    house.config->spool.refuse_below = std::uint64_t{0};
    house.clock.passed = 12h;
    auto alarms = house.alarms();
    alarms.look();
    const auto forecast = alarms.forecast();
    REQUIRE(forecast.full_at);
    CHECK(std::chrono::abs(*forecast.full_at - (start + 112h)) <= 1h);
    REQUIRE(forecast.growing.size() == 1);
    CHECK(forecast.growing[0].reason == "unfinished");
    REQUIRE(house.raised().size() == 1);
    CHECK(house.raised()[0].alarm.name == "disk_full_within");
    // Another mark by a reload is foretold for at once.
    house.config->spool.refuse_below = space.free_bytes / 2;
    alarms.look();
    CHECK(*alarms.forecast().full_at < *forecast.full_at - 24h);
}
