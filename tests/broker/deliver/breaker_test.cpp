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
    const broker::config::Delivery limits;
    const outbox::JobId bad{1}, good{2};
    Suspects alone(limits);
    for (int n = 0; n < 10; ++n) CHECK_FALSE(alone.struck(bad));
    alone.passed(good);
    CHECK(alone.struck(bad));

    Suspects innocent(limits);
    innocent.passed(good);
    CHECK_FALSE(innocent.struck(bad));
    CHECK_FALSE(innocent.struck(bad));
    CHECK_FALSE(innocent.struck(bad));

    Suspects forgiven(limits);
    CHECK_FALSE(forgiven.struck(bad));
    CHECK_FALSE(forgiven.struck(bad));
    forgiven.passed(bad);
    CHECK_FALSE(forgiven.struck(bad));
}

TEST_CASE("suspects: where others are refused as well, it is nobody's fault alone") {
    const broker::config::Delivery limits;
    const outbox::JobId bad{1};
    const auto struck_among = [&](std::int64_t passes, std::int64_t refusals) {
        Suspects suspects(limits);
        suspects.refused(bad);
        for (std::int64_t n = 0; n < passes; ++n) suspects.passed(outbox::JobId{100 + n});
        for (std::int64_t n = 0; n < refusals; ++n) suspects.refused(outbox::JobId{1000 + n});
        suspects.refused(bad);
        CHECK(suspects.refused(bad) == (passes > 0));
        return suspects.is_alone(bad);
    };
    CHECK(struck_among(1, 0));
    CHECK(struck_among(10, 1));
    CHECK_FALSE(struck_among(9, 1));
    CHECK_FALSE(struck_among(50, 50));
    CHECK_FALSE(Suspects(limits).is_alone(bad));
}

TEST_CASE("suspects: how many strikes are too many, and how many instances are remembered, is configured") {
    broker::config::Delivery limits;
    limits.strikes_max = 2;
    limits.suspects_max = 1;
    Suspects strict(limits);
    CHECK_FALSE(strict.struck(outbox::JobId{2}));
    strict.passed(outbox::JobId{9});
    CHECK(strict.struck(outbox::JobId{2}));

    Suspects forgetful(limits);
    CHECK_FALSE(forgetful.struck(outbox::JobId{1}));
    CHECK_FALSE(forgetful.struck(outbox::JobId{2}));
    forgetful.passed(outbox::JobId{9});
    CHECK_FALSE(forgetful.struck(outbox::JobId{1}));
}
