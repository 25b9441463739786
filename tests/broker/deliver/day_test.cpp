// Day: sending windows and rates by the wall's clock, over midnight and where the clock is put forward and back.
#include "broker/deliver/day.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <vector>

#include "tests/broker/deliver/zone.h"

using namespace broker::deliver;
using namespace std::chrono_literals;
using broker::config::Bandwidth;
using broker::config::DayWindow;
using outbox::Instant;
using support::utc;
using support::Zone;

namespace {

constexpr DayWindow between(unsigned from_hour, unsigned from_minute, unsigned until_hour, unsigned until_minute) {
    return {from_hour * 60 + from_minute, until_hour * 60 + until_minute};
}

/// The next minute that is open, or closed, found by looking at each.
Instant next(const std::vector<DayWindow>& windows, Instant from, bool open) {
    while (is_open(windows, from) != open) from += 1min;
    return from;
}

void agree(const std::vector<DayWindow>& windows, Instant from, Instant until) {
    for (Instant at = from; at < until; at += 7min) {
        CAPTURE(fmt::format("{}", at.time_since_epoch().count()));
        CHECK(opens_at(windows, at) == next(windows, at, true));
        CHECK(closes_at(windows, at) == next(windows, at, false));
    }
}

}  // namespace

TEST_CASE("day: without windows it is always open") {
    const Zone zone("Asia/Jakarta");
    const Instant at = utc({2026, 1, 15}, 3, 0);
    CHECK(is_open({}, at));
    CHECK(opens_at({}, at) == at);
    CHECK_FALSE(closes_at({}, at));
    const std::vector<DayWindow> whole{between(0, 0, 24, 0)};
    CHECK(is_open(whole, at));
    CHECK_FALSE(closes_at(whole, at));
    const std::vector<DayWindow> halves{between(6, 0, 18, 0), between(18, 0, 6, 0)};
    CHECK_FALSE(closes_at(halves, at));
}

TEST_CASE("day: a window over midnight is the node's, to the second") {
    const Zone zone("Asia/Jakarta");  // seven hours ahead of UTC, all year
    const std::vector<DayWindow> night{between(20, 0, 6, 0)};
    const Instant opens = utc({2026, 1, 15}, 13, 0), closes = utc({2026, 1, 15}, 23, 0);
    CHECK_FALSE(is_open(night, opens - 1ms));
    CHECK(is_open(night, opens));
    CHECK(is_open(night, closes - 1ms));
    CHECK_FALSE(is_open(night, closes));
    CHECK(opens_at(night, opens - 1ms) == opens);
    CHECK(opens_at(night, opens) == opens);
    CHECK(opens_at(night, opens + 3h) == opens + 3h);
    CHECK(closes_at(night, opens) == closes);
    CHECK(closes_at(night, closes - 1ms) == closes);
    CHECK(closes_at(night, closes) == closes);
    CHECK(opens_at(night, closes) == opens + 24h);
}

TEST_CASE("day: of several windows the next one counts, and those that touch are one") {
    const Zone zone("Asia/Jakarta");
    const std::vector<DayWindow> windows{between(12, 0, 13, 0), between(20, 0, 24, 0), between(0, 0, 5, 30)};
    CHECK(opens_at(windows, utc({2026, 1, 15}, 0, 0)) == utc({2026, 1, 15}, 5, 0));
    CHECK(opens_at(windows, utc({2026, 1, 15}, 6, 0)) == utc({2026, 1, 15}, 13, 0));
    CHECK(closes_at(windows, utc({2026, 1, 15}, 13, 0)) == utc({2026, 1, 15}, 22, 30));
}

TEST_CASE("day: where the clock is put forward, the hour that doesn't come opens and closes nothing") {
    const Zone zone("Europe/Berlin");  // 29 March 2026, 01:00 UTC: 02:00 becomes 03:00
    const std::vector<DayWindow> inside{between(2, 15, 2, 45)}, before{between(1, 0, 2, 30)},
        after{between(2, 30, 4, 0)};
    CHECK(opens_at(inside, utc({2026, 3, 28}, 12, 0)) == utc({2026, 3, 30}, 0, 15));
    CHECK(closes_at(before, utc({2026, 3, 29}, 0, 0)) == utc({2026, 3, 29}, 1, 0));
    CHECK(opens_at(after, utc({2026, 3, 29}, 0, 30, 30)) == utc({2026, 3, 29}, 1, 0));
    CHECK(closes_at(after, utc({2026, 3, 29}, 1, 0)) == utc({2026, 3, 29}, 2, 0));
}

TEST_CASE("day: where the clock is put back, the hour that comes twice opens twice") {
    const Zone zone("Europe/Berlin");  // 25 October 2026, 01:00 UTC: 03:00 becomes 02:00
    const std::vector<DayWindow> inside{between(2, 15, 2, 45)}, until{between(2, 30, 3, 0)},
        night{between(20, 0, 6, 0)};
    CHECK(opens_at(inside, utc({2026, 10, 24}, 23, 0)) == utc({2026, 10, 25}, 0, 15));
    CHECK(closes_at(inside, utc({2026, 10, 25}, 0, 15)) == utc({2026, 10, 25}, 0, 45));
    CHECK(opens_at(inside, utc({2026, 10, 25}, 0, 45)) == utc({2026, 10, 25}, 1, 15));
    CHECK(closes_at(until, utc({2026, 10, 25}, 0, 30)) == utc({2026, 10, 25}, 1, 0));
    CHECK(closes_at(night, utc({2026, 10, 24}, 18, 0)) == utc({2026, 10, 25}, 5, 0));
}

TEST_CASE("day: looking at every minute finds the same, in zones of all kinds") {
    const std::vector<DayWindow> windows{between(20, 0, 6, 0), between(1, 15, 2, 5), between(12, 0, 12, 1)};
    struct Case {
        const char* zone;
        Instant from;
    };
    // Half an hour of summer time, three quarters of an hour off UTC, a day that didn't come.
    const Case cases[] = {
        {"Asia/Jakarta", utc({2026, 6, 1}, 0, 0)},        {"Europe/Berlin", utc({2026, 3, 28}, 0, 0)},
        {"Europe/Berlin", utc({2026, 10, 24}, 0, 0)},     {"America/New_York", utc({2026, 11, 1}, 0, 0)},
        {"Australia/Lord_Howe", utc({2026, 4, 4}, 0, 0)}, {"Asia/Kathmandu", utc({2026, 6, 1}, 0, 0)},
        {"Pacific/Apia", utc({2011, 12, 29}, 0, 0)}};
    for (const Case& each : cases) {
        CAPTURE(each.zone);
        const Zone zone(each.zone);
        agree(windows, each.from, each.from + 50h);
    }
}

TEST_CASE("day: the rate is that of the part of the day, else that of the rest") {
    const Zone zone("Asia/Jakarta");
    const std::vector<Bandwidth> bandwidth{{std::nullopt, {1'000'000}}, {between(7, 0, 19, 0), {250'000}}};
    const Instant morning = utc({2026, 1, 15}, 0, 0), evening = utc({2026, 1, 15}, 12, 0);
    CHECK(rate_at(bandwidth, morning - 1ms)->bytes_per_second == 1'000'000);
    CHECK(rate_at(bandwidth, morning)->bytes_per_second == 250'000);
    CHECK(rate_at(bandwidth, evening)->bytes_per_second == 1'000'000);
    CHECK(rate_changes_at(bandwidth, morning) == evening);
    CHECK(rate_changes_at(bandwidth, evening) == morning + 24h);
    CHECK_FALSE(rate_at({}, morning));
    CHECK_FALSE(rate_changes_at({}, morning));
    const std::vector<Bandwidth> by_day{{between(7, 0, 19, 0), {250'000}}};
    CHECK_FALSE(rate_at(by_day, evening));
    CHECK(rate_changes_at(by_day, evening) == morning + 24h);
}
