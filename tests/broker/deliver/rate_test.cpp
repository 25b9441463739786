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
