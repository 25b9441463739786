// How long a peer is waited for, without a clock.
#include "broker/http/patience.h"

#include <doctest/doctest.h>

using broker::http::Patience;
using namespace std::chrono_literals;

TEST_CASE("http patience: silence ends it after the idle time, and each byte begins that anew") {
    Patience patience(10s, 1024);
    CHECK(patience.left() == 10s);
    patience.waited(9s);
    CHECK(patience.left() == 1s);
    patience.moved(1024 * 100);
    CHECK(patience.left() == 10s);
    patience.waited(10s);
    CHECK(patience.left() <= 0s);
    patience.moved(0);
    CHECK(patience.left() <= 0s);
}

TEST_CASE("http patience: a drip that never stops runs out all the same; bytes earn time at the least rate") {
    Patience patience(10s, 1000);
    for (int i = 0; i < 10; ++i) {
        CHECK(patience.left() > 0s);
        patience.waited(1s);
        patience.moved(1);
    }
    CHECK(patience.left() == 10ms);
    patience.moved(5000);
    CHECK(patience.left() == 5010ms);
    patience.moved(std::uint64_t{1} << 40);
    CHECK(patience.left() == 10s);
}
