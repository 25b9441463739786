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
    // Alone it shows nothing but that it is refused, and the lane may be failing whenever one looks.
    scp.set({});
    REQUIRE(rig.wait_until([&] { return rig.job(refused).state == State::delivered && !rig.view().failing_since; }));
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

TEST_CASE("lane: a destination that serves one association at a time gets the last job over the one that is open") {
    StorageScp scp;
    Script script = storing([&](const Stored&) {
        // The other worker has connected, and is not answered while this one is inside.
        CHECK(scp.wait_until([](const StorageScp& it) { return it.connection_count() >= 2; }));
        return answer(0);
    });
    script.serves_one = true;
    scp.set(script);
    Rig rig(scp.port());
    rig.config.delivery.look_every = std::chrono::hours(1);
    rig.destination.timeout = std::chrono::hours(1);
    rig.destination.parallel = 2;
    rig.take(uid(1));
    rig.take(uid(2));
    rig.start();
    REQUIRE(rig.wait_delivered(2));
    CHECK(scp.receive_count() == 2);
    // Nor does it keep the other one out for longer than it lingers.
    CHECK(scp.wait_until([](const StorageScp& it) { return it.association_count() == 2; }));
}

namespace {

/// Lets one in at a time. Who is left outside hears so when the other one has been served for a while.
class Door {
public:
    bool enter() {
        std::unique_lock lock(mutex_);
        if (!std::exchange(is_taken_, true)) return true;
        has_refused_ = true;
        changed_.notify_all();
        changed_.wait_for(lock, 20s, [&] { return is_serving_ || !is_taken_; });
        return !std::exchange(is_taken_, true);
    }
    void serve() {
        std::lock_guard lock(mutex_);
        is_serving_ = true;
        changed_.notify_all();
    }
    void leave() {
        std::lock_guard lock(mutex_);
        is_taken_ = is_serving_ = false;
        changed_.notify_all();
    }
    bool wait_refused() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 20s, [&] { return has_refused_; });
    }

private:
    std::mutex mutex_;  ///< guards all below
    std::condition_variable changed_;
    bool is_taken_ = false, is_serving_ = false, has_refused_ = false;
};

/// A sender whose destination leaves a second association of the lane without an answer.
class OneAtATime : public broker::deliver::Sender {
public:
    OneAtATime(std::unique_ptr<broker::deliver::Sender> real, Door& door) : real_(std::move(real)), door_(door) {}
    ~OneAtATime() override { OneAtATime::close(); }
    std::optional<broker::deliver::Event> open(const broker::deliver::Opening& opening) override {
        if (!door_.enter()) return broker::deliver::Event{broker::deliver::Happening::not_accepted, 0, false};
        is_inside_ = true;
        return real_->open(opening);
    }
    bool is_open() const override { return real_->is_open(); }
    bool covers(const outbox::ClaimedJob& job) const override { return real_->covers(job); }
    broker::deliver::Sent send(const outbox::ClaimedJob& job, spool::Reader blob) override {
        door_.serve();
        return real_->send(job, std::move(blob));
    }
    std::optional<broker::deliver::Event> verify() override { return real_->verify(); }
    void close() override {
        real_->close();
        if (std::exchange(is_inside_, false)) door_.leave();
    }
    void interrupt() override { real_->interrupt(); }

private:
    std::unique_ptr<broker::deliver::Sender> real_;
    Door& door_;
    bool is_inside_ = false;
};

}  // namespace

TEST_CASE("lane: a destination that leaves a second association unanswered is not failing while it takes the first") {
    Door door;
    StorageScp scp(storing([&](const Stored&) {
        CHECK(door.wait_refused());
        return answer(0);
    }));
    Rig rig(scp.port());
    rig.destination.parallel = 2;
    rig.around_sender = [&](broker::deliver::MakeSender real) -> broker::deliver::MakeSender {
        return [&, real] { return std::make_unique<OneAtATime>(real(), door); };
    };
    for (int n = 0; n < 40; ++n) rig.take(uid(n));
    rig.start();
    REQUIRE(rig.wait_delivered(40));
    CHECK(rig.view().last_error.empty());
    CHECK(scp.association_count() <= 3);
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
