// Backoff: how long a lane waits after the n-th failure.
#include "broker/deliver/backoff.h"

#include <doctest/doctest.h>

#include <vector>

using broker::deliver::backoff;
using broker::deliver::BackoffPolicy;
using namespace std::chrono_literals;

TEST_CASE("backoff: the longest wait doubles from the base to the cap") {
    const BackoffPolicy policy{5s, 60s};
    const std::vector<std::chrono::milliseconds> longest{5s, 10s, 20s, 40s, 60s, 60s};
    for (std::size_t n = 0; n < longest.size(); ++n)
        CHECK(backoff(static_cast<std::int64_t>(n), policy, 1.0) == longest[n]);
}

TEST_CASE("backoff: jitter spreads over the whole range, down to half a base and never below") {
    const BackoffPolicy policy{5s, 60s};
    CHECK(backoff(0, policy, 0.0) == 2500ms);
    CHECK(backoff(3, policy, 0.0) == 2500ms);
    CHECK(backoff(3, policy, 0.5) == 2500ms + 18750ms);
}

TEST_CASE("backoff: a year of failures waits the cap, and no number overflows") {
    CHECK(backoff(1'000'000'000'000, {5s, 15min}, 1.0) == 15min);
    CHECK(backoff(-1, {5s, 15min}, 1.0) == 5s);
    CHECK(backoff(3, {20min, 15min}, 1.0) == 15min);
}
