/// Histogram: each duration falls into its step, once, from any thread.
#include "outbox/measure/histogram.h"

#include <doctest/doctest.h>

#include <numeric>
#include <thread>

using namespace std::chrono_literals;
using measure::Histogram;

TEST_CASE("histogram: a duration falls into the first step that is not shorter") {
    Histogram histogram;
    for (const auto took : {0ns, -5ns, 1'000'000ns, 1'000'999ns, 1'001'000ns, 300'000'000'000ns, 300'000'001'000ns})
        histogram.note(took);
    const auto read = histogram.read();
    REQUIRE(read.counts.size() == read.bounds_s.size() + 1);
    CHECK(read.bounds_s.front() == 0.001);
    CHECK(read.bounds_s.back() == 300);
    CHECK(read.counts.front() == 4);  // a microsecond is as exact as it is
    CHECK(read.counts[1] == 1);
    CHECK(read.counts[read.counts.size() - 2] == 1);
    CHECK(read.counts.back() == 1);
    CHECK(read.sum_s == doctest::Approx(600.003));
}

TEST_CASE("histogram: nothing is lost between threads") {
    Histogram histogram;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 10'000; ++n) histogram.note(2ms);
            });
    }
    const auto read = histogram.read();
    CHECK(std::accumulate(read.counts.begin(), read.counts.end(), std::uint64_t{0}) == 40'000);
    CHECK(read.counts[1] == 40'000);
    CHECK(read.sum_s == doctest::Approx(80));
}
