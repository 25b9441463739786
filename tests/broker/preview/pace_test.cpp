// When a seat rests, so that the intake goes first.
#include "broker/preview/pace.h"

#include <doctest/doctest.h>

using namespace broker::preview;
using namespace std::chrono_literals;

TEST_CASE("pace: a seat rests where pictures fall behind while instances keep coming") {
    CHECK(rest_after(5ms, backlog_max + 1, 1ms) == 20ms);
    CHECK(rest_after(20s, backlog_max + 1, 1ms) == rest_max);
}

TEST_CASE("pace: a seat doesn't rest while it keeps up, or while nothing more comes") {
    CHECK(rest_after(5ms, backlog_max, 1ms) == 0ms);
    CHECK(rest_after(5ms, backlog_max + 1, dense_within) == 0ms);
}
