// Lane: jobs of a real outbox brought to a scriptable destination.
#include "broker/deliver/lane.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "broker/dicom/part10.h"
#include "tests/broker/deliver/rig.h"
#include "tests/support/storage_scp.h"

using namespace std::chrono_literals;
using outbox::Reason;
using outbox::State;
using support::Act;
using support::Reception;
using support::Rig;
using support::Script;
using support::StorageScp;
using support::Stored;
using support::StoreScript;

namespace {

std::string uid(int n) {
    return "1.2.3.1." + std::to_string(n);
}

Script storing(std::function<StoreScript(const Stored&)> store) {
    Script script;
    script.store = std::move(store);
    return script;
}

StoreScript answer(std::uint16_t status) {
    return {Act::answer, status, "", {}, 0, 0};
}
StoreScript doing(Act act) {
    return {act, 0, "", {}, 0, 0};
}

/// The number of sends that ended so.
int attempts(const outbox::JobView& job, outbox::Outcome outcome) {
    int count = 0;
    for (const auto& each : job.attempts) count += each.kind == "send" && each.outcome == outcome ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("lane: everything that is due or comes later is delivered once, over few associations") {
    StorageScp scp;
    Rig rig(scp.port());
    rig.destination.parallel = 3;
    for (int n = 0; n < 40; ++n) rig.take(uid(n));
    rig.start();
    for (int n = 40; n < 60; ++n) rig.take(uid(n), 100'000);
    REQUIRE(rig.wait_delivered(60));
    CHECK(scp.stored_count() == 60);
    CHECK(scp.receive_count() == 60);
    CHECK(scp.most_at_once() <= 3);
    CHECK(scp.association_count() <= 20);
    const auto job = rig.job(rig.take(uid(60)));
    REQUIRE(rig.wait_delivered(61));
    const auto done = rig.job(job.id);
    CHECK(done.evidence == outbox::Evidence::response);
    CHECK(done.status == 0);
    CHECK(done.attempts.size() == 1);
    CHECK(done.attempts.front().bytes == 2000);
}

TEST_CASE("lane: an idle association is released") {
    StorageScp scp;
    Rig rig(scp.port());
    rig.start();
    rig.take(uid(1));
    REQUIRE(rig.wait_delivered(1));
    CHECK(scp.wait_until([](const StorageScp& all) { return all.release_count() == 1; }));
}

TEST_CASE("lane: while the destination is down nothing is claimed, and everything goes out when it returns") {
    StorageScp scp;
    scp.go_down();
    Rig rig(scp.port());
    rig.start();
    std::vector<outbox::JobId> jobs;
    for (int n = 0; n < 20; ++n) jobs.push_back(rig.take(uid(n)));
    REQUIRE(rig.wait_until([&] { return rig.view().failure_count >= 3; }));
    auto view = rig.view();
    CHECK(view.failing_since);
    CHECK(view.last_error.find("connection refused") != std::string::npos);
    CHECK(view.jobs.queued == 20);
    for (outbox::JobId job : jobs) CHECK(rig.job(job).attempt_count == 0);
    scp.come_up();
    REQUIRE(rig.wait_delivered(20));
    REQUIRE(rig.wait_until([&] { return !rig.view().failing_since; }));
    CHECK(scp.receive_count() == 20);
    CHECK(scp.echo_count() == 1);
}

TEST_CASE("lane: out of resources backs off the destination, with one job as the probe, until it is over") {
    std::atomic<int> refusals = 4;
    StorageScp scp(storing([&](const Stored&) { return answer(refusals-- > 0 ? 0xA700 : 0); }));
    Rig rig(scp.port());
    rig.destination.parallel = 2;
    for (int n = 0; n < 10; ++n) rig.take(uid(n));
    rig.start();
    REQUIRE(rig.wait_delivered(10));
    CHECK(scp.receive_count() <= 10 + 4);
    REQUIRE(rig.wait_until([&] { return !rig.view().failing_since; }));
    CHECK(rig.view().jobs.held == 0);
}

TEST_CASE("lane: warnings are delivered as warnings, and what needs a person is held with its reason") {
    StorageScp scp(storing([](const Stored& stored) {
        if (stored.sop_instance_uid == uid(1)) return answer(0xB000);
        if (stored.sop_instance_uid == uid(2)) return answer(0xC000);
        if (stored.sop_instance_uid == uid(3)) return answer(0xA900);
        return answer(0);
    }));
    Rig rig(scp.port());
    const auto warned = rig.take(uid(1)), not_understood = rig.take(uid(2)), mismatch = rig.take(uid(3));
    rig.take(uid(4));
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.view().jobs.delivered == 2 && rig.view().jobs.held == 2; }));
    CHECK(rig.job(warned).is_warning);
    CHECK(rig.job(warned).status == 0xB000);
    CHECK(rig.view().warnings == 1);
    CHECK(rig.job(not_understood).reason == Reason::not_understood);
    CHECK(rig.job(mismatch).reason == Reason::data_set_mismatch);
}

TEST_CASE("lane: a held job leaves the destination's last error with its time, and later deliveries leave it there") {
    StorageScp scp(storing([](const Stored& stored) {
        if (stored.sop_instance_uid == uid(1)) return StoreScript{Act::answer, 0xC000, "words of the peer", {}, 0, 0};
        return answer(0);
    }));
    Rig rig(scp.port());
    const auto before = rig.clock.now();
    rig.take(uid(1));
    rig.start();
    // In the commit of the hold: nobody sees one without the other.
    REQUIRE(rig.wait_until([&] { return rig.view().jobs.held == 1; }));
    const auto held = rig.view();
    CHECK(held.last_error.find("0xC000") != std::string::npos);
    CHECK(held.last_error.find("words of the peer") == std::string::npos);
    REQUIRE(held.last_error_at);
    CHECK(*held.last_error_at >= before);
    CHECK_FALSE(held.failing_since);
    CHECK(held.failure_count == 0);
    rig.take(uid(2));
    REQUIRE(rig.wait_delivered(1));
    CHECK(rig.view().last_error == held.last_error);
    CHECK(rig.view().last_error_at == held.last_error_at);
}

TEST_CASE("lane: the last error of a destination that has recovered stays, and the lane no longer says it fails") {
    StorageScp scp;
    scp.go_down();
    Rig rig(scp.port());
    rig.take(uid(1));
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.view().failing_since.has_value(); }));
    scp.come_up();
    REQUIRE(rig.wait_until([&] { return !rig.view().failing_since; }));
    CHECK(rig.view().last_error.find("connection refused") != std::string::npos);
    REQUIRE(rig.view().last_error_at);
    CHECK_FALSE(rig.view().next_try_at);
    CHECK(rig.view().failure_count == 0);
}

TEST_CASE("lane: a status that the configuration calls transient is tried as often as it says, then held") {
    StorageScp scp(storing([](const Stored&) { return answer(0xC000); }));
    Rig rig(scp.port());
    rig.destination.overrides = {{0xC000, broker::config::Override::transient}};
    rig.config.delivery.override_attempts_max = 1;
    const auto job = rig.take(uid(1));
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.job(job).state == State::held; }));
    CHECK(scp.receive_count() == 2);
}

TEST_CASE("lane: a processing failure is tried five times more, then held") {
    StorageScp scp(storing([](const Stored&) { return answer(0x0110); }));
    Rig rig(scp.port());
    const auto job = rig.take(uid(1));
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.job(job).state == State::held; }));
    CHECK(rig.job(job).reason == Reason::failed_repeatedly);
    CHECK(scp.receive_count() == 6);
}

TEST_CASE("lane: a silence after the last byte is uncertain, and sent again only where that is safe") {
    for (bool is_safe : {true, false}) {
        CAPTURE(is_safe);
        StorageScp scp(storing([](const Stored& stored) { return stored.count == 0 ? doing(Act::close) : answer(0); }));
        Rig rig(scp.port());
        rig.destination.resend_safe = is_safe;
        const auto job = rig.take(uid(1));
        // Acts on the first time it arrives; the count is of those before.
        rig.start();
        REQUIRE(rig.wait_until([&] { return rig.job(job).state == (is_safe ? State::delivered : State::held); }));
        CHECK(attempts(rig.job(job), outbox::Outcome::unknown) == 1);
        CHECK(scp.receive_count() == (is_safe ? 2 : 1));
        if (!is_safe) CHECK(rig.job(job).reason == Reason::outcome_unknown);
        CHECK(rig.view().last_error.empty() == is_safe);
    }
}

TEST_CASE("lane: silence upon silence is sent again where that is safe, until it is answered") {
    StorageScp scp(storing([](const Stored& stored) { return stored.count < 3 ? doing(Act::close) : answer(0); }));
    Rig rig(scp.port());
    rig.destination.resend_safe = true;
    const auto job = rig.take(uid(1));
    rig.start();
    REQUIRE(rig.wait_delivered(1));
    CHECK(attempts(rig.job(job), outbox::Outcome::unknown) == 3);
    CHECK(scp.receive_count() == 4);
}

TEST_CASE("lane: an answer that proves nothing, twice, is held where the destination cannot be asked") {
    StorageScp scp(storing([](const Stored&) { return answer(0x0111); }));
    Rig rig(scp.port());
    rig.destination.resend_safe = true;
    const auto job = rig.take(uid(1));
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.job(job).state == State::held; }));
    CHECK(rig.job(job).reason == Reason::outcome_unknown);
    CHECK(scp.receive_count() == 2);
}

TEST_CASE("lane: what an earlier process left uncertain is treated the same") {
    StorageScp scp;
    Rig rig(scp.port());
    const auto job = rig.take(uid(1));
    rig.run([&](outbox::Outbox& outbox) {
        outbox.claim(rig.id, 1, rig.clock.now());
        outbox.begin_generation("next", rig.clock.now());
        return outbox.recover({}, 100, rig.clock.now());
    });
    REQUIRE(rig.job(job).state == State::uncertain);
    rig.start();
    REQUIRE(rig.wait_delivered(1));
    CHECK(scp.receive_count() == 1);
}

TEST_CASE("lane: an instance for which the destination is always out of resources waits alone while others pass") {
    StorageScp scp(
        storing([](const Stored& stored) { return stored.sop_instance_uid == uid(7) ? answer(0xA700) : answer(0); }));
    Rig rig(scp.port());
    const auto refused = rig.take(uid(7));
    rig.start();
    // Each one that passes after a refusal shows that it is not the destination.
    int n = 30;
    while (rig.job(refused).reason != Reason::temporary_failure && n < 60) {
        rig.take(uid(n++));
        rig.lane->wake();
        REQUIRE(rig.wait_delivered(n - 30));
    }
    REQUIRE(rig.wait_until([&] { return rig.job(refused).attempt_count >= 2; }));
    CHECK(rig.job(refused).state != State::delivered);
    rig.take(uid(70));
    rig.lane->wake();
    REQUIRE(rig.wait_delivered(n - 30 + 1));
    REQUIRE(rig.wait_until([&] { return !rig.view().failing_since; }));
}

TEST_CASE("lane: a lost association in the middle of an instance is tried again without doubt") {
    std::atomic<int> cuts = 2;
    StorageScp scp(storing([&](const Stored&) {
        StoreScript cut{Act::close, 0, "", 1000, 0, 0};
        return cuts-- > 0 ? cut : answer(0);
    }));
    Rig rig(scp.port());
    const auto job = rig.take(uid(1), 5'000'000);
    rig.start();
    REQUIRE(rig.wait_delivered(1));
    CHECK(attempts(rig.job(job), outbox::Outcome::transient) == 2);
    CHECK(attempts(rig.job(job), outbox::Outcome::unknown) == 0);
    CHECK(scp.receive_count() == 1);
}

TEST_CASE("lane: an instance that breaks associations while others pass is held, and the others arrive") {
    StorageScp scp(storing([](const Stored& stored) {
        return stored.sop_instance_uid == uid(7) ? StoreScript{Act::abort, 0, "", 1000, 0, 0} : answer(0);
    }));
    Rig rig(scp.port());
    const auto poison = rig.take(uid(7), 5'000'000);
    for (int n = 10; n < 30; ++n) rig.take(uid(n));
    rig.start();
    REQUIRE(rig.wait_delivered(20));
    // Its later strikes come when it is due again, with something passing in between.
    for (int n = 30; rig.job(poison).state != State::held && n < 60; ++n) {
        rig.take(uid(n));
        REQUIRE(rig.wait_delivered(n - 9));
    }
    REQUIRE(rig.wait_until([&] { return rig.job(poison).state == State::held; }));
    CHECK(rig.job(poison).reason == Reason::breaks_association);
}

TEST_CASE("lane: a destination that doesn't know us is held, its jobs stay queued, and it is tried again") {
    Script script;
    script.reception = Reception::reject;
    script.reject_reason = 3;
    StorageScp scp(script);
    Rig rig(scp.port());
    rig.take(uid(1));
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.view().held_at.has_value(); }));
    CHECK(rig.view().held_reason == Reason::calling_ae_title_refused);
    CHECK(rig.view().jobs.queued == 1);
    scp.set({});
    REQUIRE(rig.wait_delivered(1));
    REQUIRE(rig.wait_until([&] { return !rig.view().held_at; }));
}

TEST_CASE("lane: a held destination is not recovered by a sign of life, also after a restart") {
    StorageScp scp;
    Rig rig(scp.port());
    rig.config.delivery.look_every = 50ms;
    const auto job = rig.take(uid(1));
    const auto next_try = rig.clock.now() + 1h;
    rig.run([&](outbox::Outbox& outbox) {
        outbox.held_lane(rig.id, Reason::not_authorised, "not authorised", next_try, rig.clock.now());
    });
    rig.start();
    REQUIRE(scp.wait_until([](const StorageScp& all) { return all.echo_count() >= 1 && all.release_count() >= 1; }));
    rig.stop();
    CHECK(rig.view().held_at);
    CHECK(rig.job(job).state == State::queued);
    CHECK(scp.receive_count() == 0);
    // An operator's resume makes the try due.
    rig.run([&](outbox::Outbox& outbox) { outbox.resume(rig.id, {"local:alice", ""}, rig.clock.now()); });
    rig.start();
    REQUIRE(rig.wait_delivered(1));
    REQUIRE(rig.wait_until([&] { return !rig.view().held_at; }));
}

TEST_CASE("lane: a destination that takes one association at a time gets its work over one") {
    Script script;
    script.associations_max = 1;
    StorageScp scp(script);
    Rig rig(scp.port());
    rig.destination.parallel = 4;
    for (int n = 0; n < 60; ++n) rig.take(uid(n), 20'000);
    rig.start();
    REQUIRE(rig.wait_delivered(60));
    CHECK(scp.most_at_once() == 1);
    CHECK(scp.receive_count() == 60);
}

TEST_CASE("lane: a refused transfer syntax holds the instances in it, naming both UIDs, and no others") {
    Script script;
    script.context = [](const std::string&, const std::string& transfer) -> std::uint8_t {
        return transfer == "1.2.840.10008.1.2.4.201" ? 4 : 0;
    };
    StorageScp scp(script);
    Rig rig(scp.port());
    rig.start();
    const auto refused = rig.take(uid(1), 2000, "1.2.840.10008.1.2.4.201");
    rig.take(uid(2));
    REQUIRE(rig.wait_until([&] { return rig.view().jobs.delivered == 1 && rig.view().jobs.held == 1; }));
    CHECK(rig.job(refused).reason == Reason::transfer_syntax_refused);
    REQUIRE(rig.job(refused).attempts.size() == 1);
    const std::string text = rig.job(refused).attempts.front().text;
    CHECK(text.find("1.2.840.10008.1.2.4.201") != std::string::npos);
    CHECK(text.find("1.2.840.10008.5.1.4.1.1.2") != std::string::npos);
}

TEST_CASE("lane: a pair that the open association doesn't know is negotiated when it comes") {
    StorageScp scp;
    Rig rig(scp.port());
    rig.start();
    for (const char* syntax : {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.201", "1.2.3.4.5.6"}) {
        rig.take(std::string("1.9.") + syntax, 2000, syntax);
        REQUIRE(scp.wait_until(
            [&](const StorageScp& all) { return all.stored(std::string("1.9.") + syntax).has_value(); }));
        CHECK(scp.stored(std::string("1.9.") + syntax)->transfer_syntax_uid == syntax);
    }
}

TEST_CASE("lane: a damaged blob holds its job, reaches nobody, and the next instance goes out") {
    StorageScp scp;
    Rig rig(scp.port());
    const auto bad = rig.take(uid(1), 50'000);
    outbox::ClaimedJob blob;
    blob.digest = rig.job(bad).digest;
    rig.ledger.damage(blob, 100);
    rig.take(uid(2));
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.view().jobs.delivered == 1 && rig.view().jobs.held == 1; }));
    CHECK(rig.job(bad).reason == Reason::damaged);
    CHECK_FALSE(scp.stored(uid(1)));
    CHECK(rig.view().jobs.queued == 0);
}

TEST_CASE("lane: a blob that cannot be read for a while is tried again, and needs a person only if that lasts") {
    StorageScp scp;
    Rig rig(scp.port());
    std::atomic<int> failures = 3;
    rig.before_open_blob = [&](const spool::Digest&) {
        if (failures-- > 0) throw spool::Error(spool::Errc::io, "open: too many open files");
    };
    const auto passing = rig.take(uid(1));
    rig.start();
    REQUIRE(rig.wait_delivered(1));
    CHECK(rig.job(passing).attempts.size() == 4);
    CHECK(attempts(rig.job(passing), outbox::Outcome::delivered) == 1);
    CHECK_FALSE(rig.view().failing_since);
    failures = 1000;
    const auto lasting = rig.take(uid(2));
    REQUIRE(rig.wait_until([&] { return rig.job(lasting).state == State::held; }));
    CHECK(rig.job(lasting).reason == Reason::failed_repeatedly);
    CHECK(rig.job(lasting).attempts.size() == 11);
    CHECK(scp.receive_count() == 1);
}

TEST_CASE("lane: the next blob is asked for before the one before it is sent") {
    StorageScp scp;
    Rig rig(scp.port());
    std::mutex mutex;
    std::vector<std::pair<spool::Digest, int>> opened;  // and how many had arrived by then
    rig.before_open_blob = [&](const spool::Digest& digest) {
        std::lock_guard lock(mutex);
        opened.emplace_back(digest, scp.receive_count());
    };
    rig.take(uid(1));
    const auto second = spool::Digest::from_bytes(rig.job(rig.take(uid(2))).digest);
    rig.start();
    REQUIRE(rig.wait_delivered(2));
    std::lock_guard lock(mutex);
    CHECK(std::count(opened.begin(), opened.end(), std::pair(second, 0)) == 1);
    CHECK(std::count(opened.begin(), opened.end(), std::pair(second, 1)) == 1);
}

TEST_CASE("lane: a paused destination is left alone until it is resumed") {
    StorageScp scp;
    Rig rig(scp.port());
    const outbox::Actor actor{"local:test", ""};
    rig.run([&](outbox::Outbox& outbox) { outbox.pause(rig.id, actor, "upgrade", std::nullopt, rig.clock.now()); });
    rig.take(uid(1));
    rig.start();
    // At start, then once for the wake: by the second time the lane has ended a whole turn.
    for (int turns = 1; turns <= 3; ++turns) {
        REQUIRE(rig.wait_until([&] { return rig.books->standing_count() > turns; }));
        rig.lane->wake();
    }
    rig.take(uid(2));
    CHECK(rig.view().jobs.queued == 2);
    CHECK(scp.connection_count() == 0);
    rig.run([&](outbox::Outbox& outbox) { return outbox.resume(rig.id, actor, rig.clock.now()); });
    rig.lane->wake();
    REQUIRE(rig.wait_delivered(2));
}

TEST_CASE("lane: a pause ends by itself at its instant") {
    StorageScp scp;
    Rig rig(scp.port());
    rig.run([&](outbox::Outbox& outbox) {
        outbox.pause(rig.id, {"local:test", ""}, "lunch", rig.clock.now() + 200ms, rig.clock.now());
    });
    rig.take(uid(1));
    rig.start();
    CHECK(rig.wait_delivered(1));
}

TEST_CASE("lane: resume has a failing destination tried at once") {
    StorageScp scp;
    scp.go_down();
    Rig rig(scp.port());
    rig.config.delivery.breaker_base = 1h;
    rig.config.delivery.breaker_max = 1h;
    rig.take(uid(1));
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.view().failing_since.has_value(); }));
    scp.come_up();
    rig.run([&](outbox::Outbox& outbox) { return outbox.resume(rig.id, {"local:test", ""}, rig.clock.now()); });
    rig.lane->wake();
    CHECK(rig.wait_delivered(1));
}

TEST_CASE("lane: a stop finishes the instance in hand and hands the rest of the batch back") {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_first_there = false, may_answer = false;
    StorageScp scp(storing([&](const Stored&) {
        std::unique_lock lock(mutex);
        is_first_there = true;
        changed.notify_all();
        changed.wait_for(lock, 20s, [&] { return may_answer; });
        return answer(0);
    }));
    Rig rig(scp.port());
    for (int n = 0; n < 6; ++n) rig.take(uid(n));
    rig.start();
    {
        std::unique_lock lock(mutex);
        REQUIRE(changed.wait_for(lock, 20s, [&] { return is_first_there; }));
    }
    rig.lane->begin_stop();
    {
        std::lock_guard lock(mutex);
        may_answer = true;
        changed.notify_all();
    }
    rig.stop();
    CHECK(rig.view().jobs.delivered == 1);
    CHECK(rig.view().jobs.queued == 5);
    CHECK(rig.view().jobs.sending == 0);
    CHECK(scp.receive_count() == 1);
    rig.start();
    REQUIRE(rig.wait_delivered(6));
    CHECK(scp.receive_count() == 6);
}

TEST_CASE("lane: a stop cuts a hanging instance short at its deadline, and says that its outcome is unknown") {
    StorageScp scp(storing([](const Stored&) { return doing(Act::hang); }));
    Rig rig(scp.port());
    const auto job = rig.take(uid(1));
    rig.start();
    REQUIRE(scp.wait_until([](const StorageScp& all) { return all.receive_count() == 1; }));
    const auto before = std::chrono::steady_clock::now();
    rig.stop(100ms);
    CHECK(std::chrono::steady_clock::now() - before < 8s);
    CHECK(rig.job(job).state == State::uncertain);
    CHECK(rig.job(job).reason == Reason::stopped);
}

TEST_CASE("lane: stop is legal before start and twice") {
    StorageScp scp;
    Rig rig(scp.port());
    broker::deliver::Lane lane(rig.destination, rig.config.delivery,
                               {rig.clock,
                                *rig.books,
                                broker::deliver::sender_maker(rig.destination, rig.config),
                                [&](const spool::Digest& digest) { return rig.ledger.spool().open(digest); },
                                {},
                                nullptr});
    lane.stop(rig.clock.monotonic());
    lane.stop(rig.clock.monotonic());
    rig.start();
    rig.lane->stop(rig.clock.monotonic() + 20s);
    rig.stop();
    CHECK(scp.connection_count() == 0);
}

TEST_CASE("lanes: a black-holed destination doesn't delay another, and each answers an echo for itself") {
    StorageScp good, bad(storing([](const Stored&) { return doing(Act::hang); }));
    Rig rig(good.port());
    auto black = rig.destination;
    black.name = "black";
    black.port = bad.port();
    rig.config.destinations = {rig.destination, black};
    const std::vector<outbox::DestinationSpec> specs{{"pacs", "dicom"}, {"black", "dicom"}};
    rig.run([&](outbox::Outbox& outbox) { outbox.configure(specs, rig.clock.now()); });
    broker::deliver::Lanes lanes(rig.config, {rig.clock, rig.ledger.spool(), rig.committer, rig.database});
    for (int n = 0; n < 10; ++n) rig.take(uid(n));
    const auto hanging = *outbox::Views(rig.database).destination("black");
    rig.run([&](outbox::Outbox& outbox) {
        return outbox.add({1}, std::vector<outbox::PlannedJob>{{.destination = hanging.id, .due_at = rig.clock.now()}},
                          {"local:test", ""}, rig.clock.now());
    });
    lanes.start();
    REQUIRE(good.wait_until([](const StorageScp& all) { return all.receive_count() == 10; }));
    REQUIRE(bad.wait_until([](const StorageScp& all) { return all.receive_count() == 1; }));
    const auto alive = lanes.echo("pacs");
    REQUIRE(alive);
    CHECK(alive->is_alive);
    good.go_down();
    const auto dead = lanes.echo("pacs");
    REQUIRE(dead);
    CHECK_FALSE(dead->is_alive);
    CHECK(dead->text.find("refused") != std::string::npos);
    CHECK_FALSE(lanes.echo("nowhere"));
    lanes.stop(rig.clock.monotonic() + 100ms);
    CHECK(outbox::Views(rig.database).destination("black")->jobs.uncertain == 1);
}

TEST_CASE("lane: outside of its hours what is due waits by design, and only what an operator retries goes out") {
    StorageScp scp;
    Rig rig(scp.port());
    // A window of an hour that opens in two.
    const auto now = rig.clock.now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm wall{};
    localtime_r(&seconds, &wall);
    const unsigned from = (static_cast<unsigned>(wall.tm_hour * 60 + wall.tm_min) + 120) % 1440;
    rig.destination.send_between = {{from, (from + 60) % 1440}};
    rig.destination.parallel = 3;
    const auto first = rig.take(uid(1)), second = rig.take(uid(2));
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.view().jobs.waiting == 2; }));
    CHECK(rig.job(first).reason == Reason::time_window);
    CHECK(rig.job(first).due_at > now + 1h);
    CHECK(scp.connection_count() == 0);
    rig.run([&](outbox::Outbox& outbox) { outbox.retry(second, {"local:alice", ""}, rig.clock.now()); });
    rig.lane->wake();
    REQUIRE(rig.wait_delivered(1));
    CHECK(rig.job(second).state == State::delivered);
    CHECK(rig.job(first).reason == Reason::time_window);
}

TEST_CASE("lane: what waits for its study goes when nothing more has come for the quiet period, and not before") {
    StorageScp scp;
    Rig rig(scp.port());
    rig.destination.after_study_quiet = 700ms;
    const auto first = rig.take(uid(1)), last = rig.take(uid(2));
    const auto came_at = rig.job(last).created_at;
    // Due by its own arrival; its study says otherwise.
    rig.run([&](outbox::Outbox& outbox) {
        outbox.postpone(first, Reason::quiet_period, rig.clock.now(), rig.clock.now());
        outbox.postpone(last, Reason::quiet_period, came_at + 700ms, rig.clock.now());
    });
    rig.start();
    REQUIRE(rig.wait_delivered(2));
    for (const auto id : {first, last}) {
        REQUIRE(rig.job(id).attempts.size() == 1);
        CHECK(rig.job(id).attempts[0].opened_at >= came_at + 700ms);
    }
    // One retried by an operator doesn't wait, and outside of its hours neither does.
    const auto hurried = rig.take(uid(3));
    rig.run([&](outbox::Outbox& outbox) {
        outbox.postpone(hurried, Reason::quiet_period, rig.clock.now() + 1h, rig.clock.now());
        outbox.retry(hurried, {"local:alice", ""}, rig.clock.now());
    });
    rig.lane->wake();
    REQUIRE(rig.wait_delivered(3));
}

TEST_CASE("lane: a quiet period that is not over in its hours waits for them, too; one that was taken out is over") {
    StorageScp scp;
    Rig rig(scp.port());
    const auto job = rig.take(uid(1));
    const auto now = rig.clock.now();
    rig.run([&](outbox::Outbox& outbox) { outbox.postpone(job, Reason::quiet_period, now + 15min, now); });
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm wall{};
    localtime_r(&seconds, &wall);
    const unsigned from = (static_cast<unsigned>(wall.tm_hour * 60 + wall.tm_min) + 120) % 1440;
    rig.destination.send_between = {{from, (from + 60) % 1440}};
    rig.start();  // the setting is 0 now
    REQUIRE(rig.wait_until([&] { return rig.job(job).reason == Reason::time_window; }));
    CHECK(rig.job(job).due_at > now + 1h);
    CHECK(scp.connection_count() == 0);
}

namespace {

/// Makes blobs of a few bytes, as told.
class FakeTranscoder : public broker::worker::Transcoder {
public:
    FakeTranscoder(spool::Spool& spool, bool can_succeed) : spool_(spool), can_succeed_(can_succeed) {}
    broker::worker::Made make(const broker::worker::TranscodeRequest& request) override {
        ++count;
        transcoded_from = request.from;
        return make_in(request.to_transfer_syntax);
    }
    broker::worker::Made make(const broker::worker::EditRequest& request) override {
        ++count;
        ++edit_count;
        auto made = make_in(request.transfer_syntax);
        if (auto* edited = std::get_if<broker::worker::Transcoded>(&made)) edited_to = edited->blob.digest();
        return made;
    }
    bool can(std::string_view, std::string_view) const override { return true; }
    void release() {
        std::lock_guard lock(mutex_);
        is_stuck = false;
        changed_.notify_all();
    }
    std::atomic<int> count = 0, edit_count = 0;
    std::optional<spool::Digest> edited_to, transcoded_from;  ///< of the last one
    bool is_stuck = false;                                    ///< until `release`
    int failing_count = 0;                                    ///< the first ones meet this
    spool::Errc failure = spool::Errc::no_space;

private:
    broker::worker::Made make_in(const std::string& transfer_syntax) {
        wait_while_stuck();
        if (count <= failing_count) throw spool::Error(failure, "on purpose");
        if (!can_succeed_) return broker::worker::TranscodeFailure{true, "not an image"};
        auto intake = spool_.begin(1u << 20);
        intake.append(broker::dicom::file_header({"1.2.840.10008.5.1.4.1.1.2", uid(count), transfer_syntax}));
        intake.append(support::data_set(static_cast<unsigned>(count), 500));
        return broker::worker::Transcoded{intake.finish(), transfer_syntax, "made for a test"};
    }

    void wait_while_stuck() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !is_stuck; });
    }

    spool::Spool& spool_;
    const bool can_succeed_;
    std::mutex mutex_;  ///< guards is_stuck
    std::condition_variable changed_;
};

Script refusing(const std::string& refused) {
    Script script;
    script.context = [refused](const std::string&, const std::string& transfer) -> std::uint8_t {
        return transfer == refused ? 4 : 0;
    };
    return script;
}

}  // namespace

TEST_CASE("lane: what the destination refuses as it is stored is sent in what it takes, and the original stays") {
    const std::string htj2k = "1.2.840.10008.1.2.4.201", explicit_le = "1.2.840.10008.1.2.1";
    StorageScp scp(refusing(htj2k));
    Rig rig(scp.port());
    rig.destination.parallel = 3;
    auto made = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    const FakeTranscoder& transcoder = *made;
    rig.transcoder = std::move(made);
    std::vector<outbox::JobId> jobs;
    for (int n = 0; n < 12; ++n) jobs.push_back(rig.take(uid(n), 2000, n % 2 == 0 ? htj2k : explicit_le));
    const auto original = rig.job(jobs.front()).digest;
    rig.start();
    REQUIRE(rig.wait_delivered(12));
    CHECK(transcoder.count == 6);
    CHECK(scp.receive_count() == 12);
    for (outbox::JobId job : jobs) CHECK(rig.job(job).attempts.size() == 1);
    CHECK(rig.job(jobs.front()).digest != original);
    CHECK(rig.ledger.spool().verify(spool::Digest::from_bytes(original)));
    CHECK(rig.job(jobs.front()).instance.facts.transfer_syntax_uid == htj2k);
}

TEST_CASE(
    "lane: what cannot be made in a transfer syntax that is taken is held, and `decompress_if_refused` is obeyed") {
    const std::string htj2k = "1.2.840.10008.1.2.4.201";
    for (const bool may : {true, false}) {
        CAPTURE(may);
        StorageScp scp(refusing(htj2k));
        Rig rig(scp.port());
        rig.destination.decompress_if_refused = may;
        rig.transcoder = std::make_unique<FakeTranscoder>(rig.ledger.spool(), false);
        const auto job = rig.take(uid(1), 2000, htj2k);
        rig.start();
        REQUIRE(rig.wait_until([&] { return rig.job(job).state == State::held; }));
        CHECK(rig.job(job).reason == (may ? Reason::transcode_failed : Reason::transfer_syntax_refused));
        CHECK(scp.receive_count() == 0);
    }
}

TEST_CASE("lane: a blob that cannot be made for now delays its own job, and no other") {
    const std::string htj2k = "1.2.840.10008.1.2.4.201";
    StorageScp scp(refusing(htj2k));
    Rig rig(scp.port());
    rig.config.delivery.make_again = 1h;
    auto made = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    made->failing_count = 1;
    rig.transcoder = std::move(made);
    const auto job = rig.take(uid(1), 2000, htj2k);
    for (int n = 2; n < 6; ++n) rig.take(uid(n));
    rig.start();
    REQUIRE(rig.wait_delivered(4));
    CHECK(rig.job(job).state == State::queued);
    CHECK(rig.job(job).reason == Reason::transcode_failed);
    CHECK(rig.job(job).due_at > rig.clock.now() + 50min);
    CHECK(rig.view().jobs.waiting == 0);
    rig.run([&](outbox::Outbox& outbox) { outbox.retry(job, {"local:alice", ""}, rig.clock.now()); });
    rig.lane->wake();
    REQUIRE(rig.wait_delivered(5));
}

TEST_CASE("lane: while a blob is being made the others go out, and its job says what it waits for") {
    const std::string htj2k = "1.2.840.10008.1.2.4.201";
    StorageScp scp(refusing(htj2k));
    Rig rig(scp.port());
    auto made = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    FakeTranscoder& transcoder = *made;
    transcoder.is_stuck = true;
    rig.transcoder = std::move(made);
    const auto job = rig.take(uid(1), 2000, htj2k);
    for (int n = 2; n < 6; ++n) rig.take(uid(n));
    rig.start();
    REQUIRE(rig.wait_delivered(4));
    CHECK(rig.job(job).state == State::queued);
    CHECK(rig.job(job).reason == Reason::being_prepared);
    CHECK(rig.view().jobs.waiting == 1);
    transcoder.release();
    REQUIRE(rig.wait_delivered(5));
    CHECK(transcoder.count == 1);
}

TEST_CASE("lane: what was set aside when the broker ended is made again by the next one") {
    const std::string htj2k = "1.2.840.10008.1.2.4.201";
    StorageScp scp(refusing(htj2k));
    Rig rig(scp.port());
    rig.transcoder = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    const auto job = rig.take(uid(1), 2000, htj2k);
    rig.run([&](outbox::Outbox& outbox) {
        CHECK(outbox.postpone(job, Reason::being_prepared, rig.clock.now() + 24h, rig.clock.now()));
    });
    rig.start();
    REQUIRE(rig.wait_delivered(1));
}

TEST_CASE("lane: of a long backlog that has to be made, nothing is claimed before it is ready") {
    const std::string htj2k = "1.2.840.10008.1.2.4.201";
    StorageScp scp(refusing(htj2k));
    Rig rig(scp.port());
    rig.destination.parallel = 2;
    rig.transcoder = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    std::vector<outbox::JobId> jobs;
    for (int n = 0; n < 400; ++n) jobs.push_back(rig.take(uid(n), 500, htj2k));
    rig.start();
    REQUIRE(rig.wait_delivered(400));
    for (outbox::JobId job : jobs) CHECK(rig.job(job).attempts.size() == 1);
}

TEST_CASE("lane: a blob that is found damaged while another is made of it is set apart, and its job held") {
    const std::string htj2k = "1.2.840.10008.1.2.4.201";
    StorageScp scp(refusing(htj2k));
    Rig rig(scp.port());
    auto made = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    made->failing_count = 1;
    made->failure = spool::Errc::damaged;
    rig.transcoder = std::move(made);
    const auto job = rig.take(uid(1), 2000, htj2k);
    outbox::ClaimedJob blob;
    blob.digest = rig.job(job).digest;
    rig.ledger.damage(blob, 100);
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.job(job).state == State::held; }));
    CHECK(rig.job(job).reason == Reason::damaged);
}

TEST_CASE("lane: for a thin link what is stored uncompressed is sent compressed, and what cannot be goes as it is") {
    for (const bool can : {true, false}) {
        CAPTURE(can);
        StorageScp scp;
        Rig rig(scp.port());
        rig.destination.compress = broker::config::Compress::jpeg_ls;
        rig.transcoder = std::make_unique<FakeTranscoder>(rig.ledger.spool(), can);
        rig.take(uid(1));
        rig.start();
        REQUIRE(rig.wait_delivered(1));
        REQUIRE(scp.stored(uid(1)));
        CHECK(scp.stored(uid(1))->transfer_syntax_uid == (can ? "1.2.840.10008.1.2.4.80" : "1.2.840.10008.1.2.1"));
    }
}

namespace {

const std::string explicit_le = "1.2.840.10008.1.2.1", edits = R"([{"remove":"PatientName"}])";

}  // namespace

TEST_CASE("lane: a job with edits is sent from the blob that has them, once, and the original stays") {
    StorageScp scp;
    Rig rig(scp.port());
    auto made = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    const FakeTranscoder& transcoder = *made;
    rig.transcoder = std::move(made);
    const auto job = rig.take(uid(1), 2000, explicit_le, edits), plain = rig.take(uid(2));
    const auto original = rig.job(job).digest;
    rig.start();
    REQUIRE(rig.wait_delivered(2));
    CHECK(transcoder.edit_count == 1);
    CHECK(transcoder.count == 1);
    CHECK(rig.job(job).is_edited);
    CHECK(rig.job(job).digest == transcoder.edited_to->bytes());
    CHECK(rig.job(job).attempts.size() == 1);
    CHECK(rig.job(plain).digest != transcoder.edited_to->bytes());
    CHECK(rig.ledger.spool().verify(spool::Digest::from_bytes(original)));
}

TEST_CASE("lane: what is edited and refused as it is stored is made of the edited blob") {
    const std::string htj2k = "1.2.840.10008.1.2.4.201";
    StorageScp scp(refusing(htj2k));
    Rig rig(scp.port());
    auto made = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    const FakeTranscoder& transcoder = *made;
    rig.transcoder = std::move(made);
    const auto job = rig.take(uid(1), 2000, htj2k, edits);
    rig.start();
    REQUIRE(rig.wait_delivered(1));
    CHECK(transcoder.edit_count == 1);
    CHECK(transcoder.count == 2);
    CHECK(transcoder.transcoded_from == transcoder.edited_to);
    CHECK(rig.job(job).is_edited);
}

TEST_CASE("lane: an edit that fails holds the job and says why, and its release edits again") {
    StorageScp scp;
    Rig rig(scp.port());
    rig.transcoder = std::make_unique<FakeTranscoder>(rig.ledger.spool(), false);
    const auto job = rig.take(uid(1), 2000, explicit_le, edits), plain = rig.take(uid(2));
    rig.start();
    REQUIRE(rig.wait_delivered(1));
    REQUIRE(rig.wait_until([&] { return rig.job(job).state == State::held; }));
    CHECK(rig.job(plain).state == State::delivered);
    CHECK(rig.job(job).reason == Reason::edit_failed);
    CHECK(rig.job(job).note == "not an image");
    CHECK(rig.view().last_error == "cannot be edited (SOP class 1.2.840.10008.5.1.4.1.1.2): not an image");
    rig.stop();
    rig.transcoder = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    rig.start();
    rig.run([&](outbox::Outbox& outbox) { outbox.release(job, {"local:alice", ""}, rig.clock.now()); });
    rig.lane->wake();
    REQUIRE(rig.wait_delivered(2));
    CHECK(rig.job(job).is_edited);
}

TEST_CASE("lane: an edit that cannot be made for now is made again later") {
    StorageScp scp;
    Rig rig(scp.port());
    rig.config.delivery.make_again = 1h;
    auto made = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    made->failing_count = 1;
    rig.transcoder = std::move(made);
    const auto job = rig.take(uid(1), 2000, explicit_le, edits);
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.job(job).reason == Reason::edit_failed; }));
    CHECK(rig.job(job).state == State::queued);
    CHECK(rig.job(job).due_at > rig.clock.now() + 50min);
    rig.run([&](outbox::Outbox& outbox) { outbox.retry(job, {"local:alice", ""}, rig.clock.now()); });
    rig.lane->wake();
    REQUIRE(rig.wait_delivered(1));
}

TEST_CASE("lane: one that fails recovers where all that is due has to be edited first") {
    StorageScp scp;
    Rig rig(scp.port());
    rig.transcoder = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    for (int n = 1; n < 5; ++n) rig.take(uid(n), 2000, explicit_le, edits);
    rig.run([&](outbox::Outbox& outbox) { outbox.failing(rig.id, "on purpose", 3, rig.clock.now(), rig.clock.now()); });
    rig.start();
    REQUIRE(rig.wait_delivered(4));
    CHECK_FALSE(rig.view().failing_since);
}

TEST_CASE("lane: without anybody who could edit, what is to be edited stays where it is") {
    StorageScp scp;
    Rig rig(scp.port());
    const auto job = rig.take(uid(1), 2000, explicit_le, edits);
    rig.take(uid(2));
    rig.start();
    REQUIRE(rig.wait_delivered(1));
    CHECK(rig.job(job).state == State::queued);
    CHECK(rig.job(job).reason == Reason::none);
}
