// Jobs in doubt, and deliveries that are to be confirmed: asked about, and never sent again blindly.
#include <doctest/doctest.h>

#include "tests/broker/deliver/rig.h"
#include "tests/support/scp_commitment.h"
#include "tests/support/scp_query.h"

using namespace std::chrono_literals;
using outbox::Evidence;
using outbox::Reason;
using outbox::State;
using support::Act;
using support::CommitmentScript;
using support::OtherMessage;
using support::QueryScript;
using support::Rig;
using support::ScpCommitment;
using support::ScpQuery;
using support::Script;
using support::StorageScp;
using support::Stored;
using support::StoreScript;

namespace {

const std::string uid = "1.2.3.1.1", ct = "1.2.840.10008.5.1.4.1.1.2", find_class = "1.2.840.10008.5.1.4.1.2.2.1";

/// Swallows the first answer; the instance is stored all the same.
StoreScript swallow_first(const Stored& stored) {
    StoreScript script;
    if (stored.count == 0) script.act = Act::close;
    return script;
}

/// Offers one of the two services and refuses the other.
template <class Serving>
Script answering(Serving& serving, const std::string& offered) {
    Script script;
    script.store = swallow_first;
    script.other = [&](const OtherMessage& message) { serving.serve(message); };
    script.context = [offered](const std::string& abstract_syntax, const std::string&) -> std::uint8_t {
        const bool is_question = abstract_syntax == find_class || abstract_syntax == support::commitment_class;
        return is_question && abstract_syntax != offered ? 3 : 0;
    };
    return script;
}

int probes(const outbox::JobView& job, outbox::Outcome outcome) {
    int count = 0;
    for (const auto& each : job.attempts) count += each.kind == "probe" && each.outcome == outcome ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("asking: what a C-FIND finds is delivered, with that as its evidence, and not sent again") {
    ScpQuery serving({.matches = {"asked"}});
    StorageScp scp(answering(serving, find_class));
    Rig rig(scp.port());
    rig.destination.resend_safe = true;
    const auto job = rig.take(uid);
    rig.start();
    REQUIRE(rig.wait_delivered(1));
    CHECK(rig.job(job).evidence == Evidence::query);
    CHECK(rig.job(job).round == 1);
    CHECK(scp.receive_count() == 1);
    CHECK(rig.view().answers_query);
}

TEST_CASE("asking: what is denied often enough and long enough is sent again, also where resending is not safe") {
    ScpQuery serving({});
    StorageScp scp(answering(serving, find_class));
    Rig rig(scp.port());
    rig.destination.resend_safe = false;
    const auto job = rig.take(uid);
    rig.start();
    REQUIRE(rig.wait_delivered(1));
    const auto done = rig.job(job);
    CHECK(done.evidence == Evidence::response);
    CHECK(scp.receive_count() == 2);
    CHECK(probes(done, outbox::Outcome::absent) >= 3);
}

TEST_CASE("asking: an answer that proves nothing leaves the job in doubt, however often") {
    ScpQuery serving({.matches = {}, .status = 0xA700});
    StorageScp scp(answering(serving, find_class));
    Rig rig(scp.port());
    rig.config.delivery.ask_again = 5ms;
    const auto job = rig.take(uid);
    rig.start();
    REQUIRE(rig.wait_until([&] { return probes(rig.job(job), outbox::Outcome::unknown) >= 5; }));
    CHECK(rig.job(job).state == State::uncertain);
    CHECK(scp.receive_count() == 1);
}

TEST_CASE("asking: a destination that answered once and is silent now is not sent to blindly") {
    ScpQuery serving({});
    StorageScp scp(answering(serving, "nothing"));
    Rig rig(scp.port());
    rig.run([&](outbox::Outbox& outbox) { outbox.note_answers(rig.id, true, false); });
    const auto job = rig.take(uid);
    rig.start();
    REQUIRE(rig.wait_until([&] { return probes(rig.job(job), outbox::Outcome::unknown) >= 2; }));
    CHECK(rig.job(job).state == State::uncertain);
    CHECK(scp.receive_count() == 1);
}

TEST_CASE("asking: a storage commitment is the evidence it says it is") {
    CommitmentScript script;
    script.after.push_back({"", {{ct, uid}}, {}});
    ScpCommitment serving(script);
    StorageScp scp(answering(serving, support::commitment_class));
    Rig rig(scp.port());
    rig.config.delivery.report_linger = 5s;
    const auto job = rig.take(uid);
    rig.start();
    REQUIRE(rig.wait_delivered(1));
    CHECK(rig.job(job).evidence == Evidence::commitment);
    CHECK(scp.receive_count() == 1);
    CHECK(scp.wait_until([&](const StorageScp&) { return serving.answers() == std::vector<std::uint16_t>{0}; }));
}

TEST_CASE("asking: a delivery is confirmed as the destination's `confirm` says") {
    ScpQuery serving({.matches = {"asked"}});
    Script script = answering(serving, find_class);
    script.store = {};
    StorageScp scp(script);
    Rig rig(scp.port());
    rig.destination.confirm = broker::config::Confirm::query;
    const auto job = rig.take(uid);
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.job(job).evidence == Evidence::query; }));
    CHECK(rig.job(job).state == State::delivered);
    CHECK(scp.receive_count() == 1);
}

TEST_CASE("asking: what is denied after its delivery is recalled, twice, and then needs a person") {
    ScpQuery serving({});
    Script script = answering(serving, find_class);
    script.store = {};
    StorageScp scp(script);
    Rig rig(scp.port());
    rig.destination.confirm = broker::config::Confirm::query;
    rig.config.delivery.ask_again = 20ms;
    rig.config.delivery.denials_over = 20ms;
    const auto job = rig.take(uid);
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.job(job).state == State::held; }));
    CHECK(rig.job(job).reason == Reason::denied_repeatedly);
    CHECK(scp.receive_count() == 3);
}

TEST_CASE("asking: a destination that cannot be reached costs few associations however much is in doubt") {
    StorageScp scp;
    Rig rig(scp.port());
    std::vector<outbox::JobId> jobs;
    for (int n = 0; n < 50; ++n) jobs.push_back(rig.take(uid + std::to_string(n)));
    rig.run([&](outbox::Outbox& outbox) {
        outbox.claim(rig.id, 50, rig.clock.now());
        outbox.begin_generation("next", rig.clock.now());
        return outbox.recover({}, 100, rig.clock.now());
    });
    scp.go_down();
    rig.config.delivery.backoff_base = 200ms;
    rig.config.delivery.backoff_max = 200ms;
    rig.start();
    REQUIRE(rig.wait_until([&] { return probes(rig.job(jobs.front()), outbox::Outcome::unknown) >= 2; }));
    CHECK(rig.view().jobs.uncertain == 50);
    scp.come_up();
    REQUIRE(rig.wait_delivered(50));
    CHECK(scp.receive_count() == 50);
}
