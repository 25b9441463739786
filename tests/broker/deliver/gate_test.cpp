// Gate: which worker of a lane may do what when.
#include "broker/deliver/gate.h"

#include <doctest/doctest.h>

#include "broker/deliver/judgement.h"

using namespace broker::deliver;
using namespace std::chrono_literals;

namespace {

class HandClock : public broker::Clock {
public:
    outbox::Instant now() const override { return outbox::Instant(1'760'000'000s) + since; }
    broker::Monotonic monotonic() const override { return std::chrono::steady_clock::now() + since; }
    std::chrono::milliseconds since{0};
};

}  // namespace

TEST_CASE("gate: while the destination is left alone nobody may claim, then one tries with one job") {
    HandClock clock;
    Gate gate(clock, 4, {});
    CHECK(gate.claim_max(3, 8) == 8);
    CHECK(gate.failed(clock.monotonic() + 1min) == 1);
    for (unsigned n = 0; n < 4; ++n) CHECK(gate.claim_max(n, 8) == 0);
    clock.since = 2min;
    REQUIRE(gate.wait(2) == Gate::Go::probe);
    CHECK(gate.claim_max(2, 8) == 1);
    CHECK(gate.claim_max(0, 8) == 0);
}

TEST_CASE("gate: after a recovery the workers come back one, two, four") {
    HandClock clock;
    Gate gate(clock, 4, {});
    gate.failed(clock.monotonic());
    REQUIRE(gate.wait(0) == Gate::Go::probe);
    CHECK(gate.passed(outbox::JobId{1}));
    auto allowed = [&] {
        unsigned count = 0;
        while (count < 4 && gate.claim_max(count, 8) > 0) ++count;
        return count;
    };
    CHECK(allowed() == 1);
    CHECK_FALSE(gate.passed(outbox::JobId{2}));
    CHECK(allowed() == 2);
    gate.passed(outbox::JobId{3});
    CHECK(allowed() == 4);
}

TEST_CASE("gate: three lost associations in a row are the destination's fault, an answer in between clears it") {
    HandClock clock;
    Gate gate(clock, 1, {});
    CHECK_FALSE(gate.struck(outbox::JobId{1}).is_destination);
    CHECK_FALSE(gate.struck(outbox::JobId{2}).is_destination);
    gate.passed(outbox::JobId{3});
    CHECK_FALSE(gate.struck(outbox::JobId{1}).is_destination);
    CHECK_FALSE(gate.struck(outbox::JobId{4}).is_destination);
    CHECK(gate.struck(outbox::JobId{5}).is_destination);
    broker::config::Delivery patient;
    patient.lost_max = 5;
    Gate another(clock, 1, patient);
    for (int n = 1; n < 5; ++n) CHECK_FALSE(another.struck(outbox::JobId{n}).is_destination);
    CHECK(another.struck(outbox::JobId{5}).is_destination);
}

TEST_CASE("gate: no more workers set out than there are jobs, and who was turned away looks again") {
    HandClock clock;
    Gate gate(clock, 2, {});
    REQUIRE(gate.wait(1) == Gate::Go::look);
    CHECK(gate.set_out(1, Gate::Way::opens_first));
    CHECK_FALSE(gate.set_out(1, Gate::Way::opens_first));
    gate.rest(1, clock.monotonic() + 1h);
    gate.arrived(Gate::Way::opens_first);
    CHECK(gate.wait(1) == Gate::Go::look);
    gate.stop();
    CHECK(gate.wait(0) == Gate::Go::stop);
    CHECK(gate.claim_max(0, 8) == 0);
}

TEST_CASE("gate: who has an association doesn't wait for who opens one, and who must open waits for both") {
    HandClock clock;
    Gate gate(clock, 3, {});
    REQUIRE(gate.set_out(1, Gate::Way::opens_first));
    CHECK(gate.set_out(1, Gate::Way::is_open));
    CHECK_FALSE(gate.set_out(1, Gate::Way::is_open));
    CHECK_FALSE(gate.set_out(2, Gate::Way::opens_first));
    gate.arrived(Gate::Way::is_open);
    CHECK(gate.set_out(2, Gate::Way::opens_first));
}

TEST_CASE("judgement: a verdict about the destination leaves the job due now, one about the instance backs it off") {
    outbox::ClaimedJob job;
    job.attempt_count = 2;
    const outbox::Instant now(1'760'000'000s);
    const JudgedAt at{now, 1.0, {5s, 15min}};
    Sent sent{{Happening::status, 0xA700, true}, 10, 0xA700, "words of the peer"};
    Entry entry = entry_for(job, sent, classify(sent.event), at);
    CHECK(entry.verb == outbox::Verb::defer);
    CHECK(entry.due_at == now);
    CHECK(entry.settlement.text.find("words of the peer") != std::string::npos);
    CHECK(explain(sent.event, classify(sent.event)).find("words of the peer") == std::string::npos);
    sent.event = {Happening::connection_lost, 0, false};
    entry = entry_for(job, sent, classify(sent.event), at);
    CHECK(entry.verb == outbox::Verb::defer);
    CHECK(entry.due_at == now + 20s);
    sent.event.last_byte_sent = true;
    entry = entry_for(job, sent, classify(sent.event), at);
    CHECK(entry.verb == outbox::Verb::doubt);
    CHECK(entry.due_at == now + 20s);
    sent.event = {Happening::status, 0x0124, true};
    entry = entry_for(job, sent, classify(sent.event), at);
    CHECK(entry.verb == outbox::Verb::defer);
    CHECK(entry.reason == outbox::Reason::not_authorised);
}
