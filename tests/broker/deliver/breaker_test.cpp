// Breaker: when a destination is used, left alone and tried.
#include "broker/deliver/breaker.h"

#include <doctest/doctest.h>

#include "broker/deliver/suspects.h"

using broker::Monotonic;
using broker::deliver::Breaker;
using broker::deliver::Suspects;
using namespace std::chrono_literals;

namespace {
const Monotonic start{1h};
}

TEST_CASE("breaker: a failed destination is left alone until its instant, and then tried by one only") {
    Breaker breaker;
    breaker.failed(start + 10s);
    CHECK(breaker.state() == Breaker::State::open);
    CHECK_FALSE(breaker.begin_probe(start + 9s));
    CHECK(breaker.begin_probe(start + 10s));
    CHECK_FALSE(breaker.begin_probe(start + 10s));
    CHECK(breaker.passed());
    CHECK(breaker.state() == Breaker::State::closed);
    CHECK(breaker.failure_count() == 0);
    CHECK_FALSE(breaker.passed());
}

TEST_CASE("breaker: what several workers see of one failure counts once, and each failed probe once more") {
    Breaker breaker;
    breaker.failed(start);
    breaker.failed(start + 1s);
    CHECK(breaker.failure_count() == 1);
    REQUIRE(breaker.begin_probe(start + 1s));
    breaker.failed(start + 5s);
    CHECK(breaker.failure_count() == 2);
}

TEST_CASE("breaker: an operator's resume brings the probe forward, and a put-off probe counts nothing") {
    Breaker breaker;
    breaker.failed(start + 1h);
    breaker.hurry(start);
    REQUIRE(breaker.begin_probe(start));
    breaker.put_off(start + 5s);
    CHECK(breaker.state() == Breaker::State::open);
    CHECK(breaker.failure_count() == 1);
    Breaker closed;
    closed.put_off(start);
    CHECK(closed.state() == Breaker::State::closed);
}

TEST_CASE("suspects: the third lost association is the instance's fault only where others passed since the first") {
    const outbox::JobId bad{1}, good{2};
    Suspects alone;
    for (int n = 0; n < 10; ++n) CHECK_FALSE(alone.struck(bad));
    alone.passed(good);
    CHECK(alone.struck(bad));

    Suspects innocent;
    innocent.passed(good);
    CHECK_FALSE(innocent.struck(bad));
    CHECK_FALSE(innocent.struck(bad));
    CHECK_FALSE(innocent.struck(bad));

    Suspects forgiven;
    CHECK_FALSE(forgiven.struck(bad));
    CHECK_FALSE(forgiven.struck(bad));
    forgiven.passed(bad);
    CHECK_FALSE(forgiven.struck(bad));
}
