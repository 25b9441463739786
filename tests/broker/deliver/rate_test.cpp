// Rate: what the last minutes say about the next ones.
#include "broker/deliver/rate.h"

#include <doctest/doctest.h>

using namespace broker::deliver;
using namespace std::chrono_literals;
using broker::Monotonic;

TEST_CASE("rate: steady deliveries are a steady rate, also once the window is full") {
    Rate rate;
    Monotonic now{1h};
    for (int n = 0; n < 4 * 3600; ++n, now += 250ms) {
        rate.note(now, 500'000);
        if (n % 400 != 399) continue;
        CHECK(rate.present(now).instances_per_second == doctest::Approx(4).epsilon(0.05));
        CHECK(rate.present(now).bytes_per_second == doctest::Approx(2'000'000).epsilon(0.05));
    }
}

TEST_CASE("rate: what was delivered before the window counts no more") {
    Rate rate;
    const Monotonic now{1h};
    CHECK(rate.present(now).instances_per_second == 0);
    for (int n = 0; n < 100; ++n) rate.note(now, 1000);
    CHECK(rate.present(now).instances_per_second == doctest::Approx(100));
    CHECK(rate.present(now + 100s).instances_per_second == doctest::Approx(1));
    CHECK(rate.present(now + Rate::window + 1s).instances_per_second == 0);
    rate.note(now + 2 * Rate::window, 1000);
    CHECK(rate.present(now + 2 * Rate::window + 10s).instances_per_second == doctest::Approx(0.1));
}

TEST_CASE("rate: what is left takes its number over the rate; standing still has no end") {
    CHECK(time_for(600, {2.0, 0}) == 300'000ms);
    CHECK(time_for(0, {2.0, 0}) == 0ms);
    CHECK_FALSE(time_for(1, {0, 0}));
    CHECK_FALSE(time_for(1'000'000'000, {0.001, 0}));
}

TEST_CASE("rate: the last hour is told minute by minute, oldest first") {
    Rate rate;
    const auto recent = [&](Monotonic at) { return rate.recent(at); };
    CHECK(recent(Monotonic{7h}) == Rate::Recent{});
    const Monotonic now{7h + 30s};
    for (int n = 0; n < 3; ++n) rate.note(now, 1);
    rate.note(now + 1min, 1);
    Rate::Recent expected{};
    expected[58] = 3;
    expected[59] = 1;
    CHECK(recent(now + 1min) == expected);
    CHECK(recent(now + 89s) == expected);
    // It moves on where nothing comes, and loses what is an hour old.
    Rate::Recent moved{};
    moved[0] = 3;
    moved[1] = 1;
    CHECK(recent(now + 59min) == moved);
    Rate::Recent last{};
    last[0] = 1;
    CHECK(recent(now + 60min) == last);
    CHECK(recent(now + 61min) == Rate::Recent{});
    CHECK(recent(now + 48h) == Rate::Recent{});
    // What comes after a pause does not meet what was there before.
    rate.note(now + 48h, 1);
    Rate::Recent alone{};
    alone[59] = 1;
    CHECK(recent(now + 48h) == alone);
    rate.note(now + 48h + 59min, 1);
    alone[59] = 1;
    alone[0] = 1;
    CHECK(recent(now + 48h + 59min) == alone);
}
