// The exchange of lanes: who stays is not touched, who changes begins anew, who leaves hands back, and nobody waits.
#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "broker/dicom/tls.h"
#include "tests/broker/deliver/rig.h"
#include "tests/support/storage_scp.h"

using namespace std::chrono_literals;
using broker::deliver::DestinationIds;
using broker::deliver::Lanes;
using outbox::Reason;
using outbox::State;
using support::Act;
using support::Rig;
using support::Script;
using support::StorageScp;
using support::Stored;
using support::StoreScript;

namespace {

std::string uid(int n) {
    return "1.2.3.7." + std::to_string(n);
}

/// Keeps whatever it is sent for ever, and answers nothing.
Script hanging() {
    Script script;
    script.store = [](const Stored&) { return StoreScript{Act::hang, 0, "", {}, 0, 0}; };
    return script;
}

/// Lanes to "pacs" and "other", two SCPs, which keep their associations open.
struct Site {
    Site() : rig(pacs.port()) {
        rig.config.delivery.linger_for = 60s;
        config = rig.config;
        config.destinations = {rig.destination, at("other", other.port())};
        lanes = std::make_unique<Lanes>(config, parts(take_in_books(config)));
        lanes->start();
    }
    ~Site() { lanes->stop(rig.clock.monotonic()); }

    broker::config::Destination at(const std::string& name, std::uint16_t port) const {
        auto destination = rig.destination;
        destination.name = name;
        destination.port = port;
        return destination;
    }
    broker::deliver::LanesParts parts(const DestinationIds&) {
        return {rig.clock, rig.ledger.spool(), rig.committer, rig.database};
    }
    DestinationIds take_in_books(const broker::config::Config& wanted) {
        std::vector<outbox::DestinationSpec> specs;
        for (const auto& each : wanted.destinations) specs.push_back({each.name, "dicom"});
        return rig.run([&](outbox::Outbox& outbox) {
            outbox.configure(specs, rig.clock.now());
            DestinationIds ids;
            for (const auto& each : specs) ids.emplace(each.name, outbox.destination(each.name).value());
            return ids;
        });
    }
    std::vector<std::string> exchange(const broker::config::Config& wanted, std::chrono::milliseconds within = 20s) {
        const auto next = lanes->prepare(wanted, {});
        const auto ids = take_in_books(wanted);
        return lanes->exchange(next, ids, rig.clock.monotonic() + within);
    }
    /// Takes custody of an instance for that destination, and wakes its lane.
    outbox::JobId take(const std::string& destination, int number) {
        rig.id = outbox::Views(rig.database).destination(destination)->id;
        const auto job = rig.take(uid(number));
        lanes->wake(destination);
        return job;
    }
    static bool has(const StorageScp& scp, int count) {
        return scp.wait_until([&](const StorageScp& all) { return all.receive_count() >= count; });
    }
    bool eventually(const std::function<bool()>& holds) {
        const auto until = std::chrono::steady_clock::now() + 20s;
        while (!holds() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
        return holds();
    }

    StorageScp pacs, other;
    Rig rig;
    broker::config::Config config;
    std::unique_ptr<Lanes> lanes;
};

}  // namespace

TEST_CASE("exchange: an unchanged destination keeps its lane and its association; the others begin, end or change") {
    Site site;
    site.take("pacs", 1);
    site.take("other", 2);
    REQUIRE(Site::has(site.pacs, 1));
    REQUIRE(Site::has(site.other, 1));
    StorageScp fresh;
    auto wanted = site.config;
    wanted.destinations[1].timeout = 30s;
    wanted.destinations.push_back(site.at("fresh", fresh.port()));
    wanted.retention.keep_for.reset();
    CHECK(site.exchange(wanted).empty());
    site.take("pacs", 3);
    site.take("other", 4);
    site.take("fresh", 5);
    REQUIRE(Site::has(site.pacs, 2));
    REQUIRE(Site::has(site.other, 2));
    REQUIRE(Site::has(fresh, 1));
    CHECK(site.pacs.connection_count() == 1);
    CHECK(site.other.connection_count() == 2);

    wanted.destinations.erase(wanted.destinations.begin() + 1);
    CHECK(site.exchange(wanted).empty());
    CHECK_FALSE(site.lanes->breaker("other"));
    CHECK_FALSE(site.lanes->echo("other"));
    CHECK_FALSE(site.lanes->throughput("other"));
    CHECK(site.other.wait_until([](const StorageScp& all) { return all.release_count() == 2; }));
    site.take("pacs", 6);
    REQUIRE(Site::has(site.pacs, 3));
    CHECK(site.pacs.connection_count() == 1);
    CHECK(fresh.connection_count() == 1);
}

TEST_CASE("exchange: what a removed destination has in hand is cut short at the deadline and held, others go on") {
    Site site;
    site.other.set(hanging());
    std::vector<outbox::JobId> jobs;
    for (int n = 0; n < 4; ++n) jobs.push_back(site.take("other", n));
    REQUIRE(Site::has(site.other, 1));
    auto wanted = site.config;
    wanted.destinations.pop_back();
    auto exchanged = std::async(std::launch::async, [&] { return site.exchange(wanted, 1500ms); });
    for (int n = 10; n < 20; ++n) site.take("pacs", n);
    CHECK(Site::has(site.pacs, 10));
    CHECK(exchanged.wait_for(0s) == std::future_status::timeout);
    CHECK(exchanged.get().empty());
    for (const auto& each : jobs) {
        CHECK(site.rig.job(each).state == State::held);
        CHECK(site.rig.job(each).reason == Reason::destination_removed);
    }
    CHECK(site.other.receive_count() == 1);
}

TEST_CASE("exchange: an instance in hand is finished before the changed lane begins, never beside it") {
    Site site;
    std::atomic<bool> has_come = false, may_answer = false;
    Script slow;
    slow.store = [&](const Stored&) {
        has_come = true;
        while (!may_answer) std::this_thread::yield();
        return StoreScript{};
    };
    site.other.set(slow);
    const auto first = site.take("other", 1);
    REQUIRE(site.eventually([&] { return has_come.load(); }));
    auto wanted = site.config;
    wanted.destinations[1].timeout = 30s;
    auto exchanged = std::async(std::launch::async, [&] { return site.exchange(wanted); });
    const auto second = site.take("other", 2);
    CHECK(exchanged.wait_for(200ms) == std::future_status::timeout);
    CHECK(site.other.connection_count() == 1);
    may_answer = true;
    CHECK(exchanged.get().empty());
    REQUIRE(site.eventually([&] { return site.rig.job(second).state == State::delivered; }));
    CHECK(site.rig.job(first).state == State::delivered);
    CHECK(site.other.connection_count() == 2);
    CHECK(site.other.most_at_once() == 1);
    CHECK(site.other.receive_count() == 2);
}

TEST_CASE("exchange: where the new lanes cannot be built nothing has changed") {
    Site site;
    auto wanted = site.config;
    wanted.destinations[0].timeout = 30s;
    wanted.destinations[1].tls.emplace().ca_file = site.rig.ledger.folder() / "none.pem";
    CHECK_THROWS_AS(site.lanes->prepare(wanted, {}), broker::dicom::TlsError);
    site.take("pacs", 1);
    site.take("other", 2);
    CHECK(Site::has(site.pacs, 1));
    CHECK(Site::has(site.other, 1));
}

TEST_CASE("exchange: files that were renewed under their names make the lane anew, and only that one") {
    Site site;
    const auto digest = [](const char* text) {
        spool::Hasher hasher;
        hasher.update(std::as_bytes(std::span(text, 1)));
        return hasher.finish();
    };
    const auto with = [&](const char* text) {
        const auto next = site.lanes->prepare(site.config, {{"other", digest(text)}});
        site.lanes->exchange(next, site.take_in_books(site.config), site.rig.clock.monotonic() + 20s);
    };
    with("a");
    site.take("pacs", 1);
    site.take("other", 2);
    REQUIRE(Site::has(site.pacs, 1));
    REQUIRE(Site::has(site.other, 1));
    with("a");
    site.take("other", 3);
    REQUIRE(Site::has(site.other, 2));
    CHECK(site.other.connection_count() == 1);
    with("b");
    site.take("pacs", 4);
    site.take("other", 5);
    REQUIRE(Site::has(site.pacs, 2));
    REQUIRE(Site::has(site.other, 3));
    CHECK(site.other.connection_count() == 2);
    CHECK(site.pacs.connection_count() == 1);
}

TEST_CASE("exchange: while lanes of the last one are ending there is no other one, and a stop cuts them short") {
    Site site;
    site.other.set(hanging());
    site.take("other", 1);
    REQUIRE(Site::has(site.other, 1));
    auto wanted = site.config;
    wanted.destinations.pop_back();
    auto exchanged = std::async(std::launch::async, [&] { return site.exchange(wanted, 300s); });
    REQUIRE(site.eventually([&] { return !site.lanes->breaker("other"); }));
    site.lanes->begin_stop();  // nobody waits any more
    CHECK(exchanged.get() == std::vector<std::string>{"other"});
    CHECK_THROWS_AS(site.lanes->prepare(site.config, {}), broker::deliver::StillEnding);
    const auto began = std::chrono::steady_clock::now();
    site.lanes->stop(site.rig.clock.monotonic());
    CHECK(std::chrono::steady_clock::now() - began < 20s);
}

TEST_CASE("exchange: an uplink that keeps its bandwidth stays one pace for all that share it") {
    Site site;
    const auto& folder = site.rig.ledger.folder();
    auto wanted = site.config;
    wanted.uplinks = {{"internet", {{std::nullopt, {1'000'000}}}}};
    for (auto& each : wanted.destinations) {
        each.kind = broker::config::DestinationKind::folder;
        each.path = folder / each.name;
        each.uplink = "internet";
        std::filesystem::create_directory(each.path);
    }
    CHECK(site.exchange(wanted).empty());
    wanted.destinations[1].parallel = 2;
    CHECK(site.exchange(wanted).empty());
    const auto began = std::chrono::steady_clock::now();
    std::vector<outbox::JobId> jobs;
    for (int n = 0; n < 4; ++n) {
        site.rig.id = outbox::Views(site.rig.database).destination(n % 2 == 0 ? "pacs" : "other")->id;
        jobs.push_back(site.rig.take(uid(n), 250'000));
    }
    site.lanes->wake_all();
    for (const auto& each : jobs)
        REQUIRE(site.eventually([&] { return site.rig.job(each).state == State::delivered; }));
    // A megabyte at a megabyte a second; with a pace for each it would be half of that.
    CHECK(std::chrono::steady_clock::now() - began >= 700ms);
}

TEST_CASE("exchange: whoever wakes or asks meanwhile, on whatever thread, meets the lanes before it or after it") {
    Site site;
    std::atomic<bool> is_over = false;
    std::vector<std::thread> askers;
    const auto id = outbox::Views(site.rig.database).destination("other")->id;
    for (int n = 0; n < 3; ++n)
        askers.emplace_back([&] {
            while (!is_over) {
                site.lanes->wake({&id, 1});
                site.lanes->wake("other");
                site.lanes->wake_all();
                site.lanes->breaker("other");
                site.lanes->throughput("pacs");
            }
        });
    auto without = site.config;
    without.destinations.pop_back();
    for (int n = 0; n < 20; ++n) CHECK(site.exchange(n % 2 == 0 ? without : site.config).empty());
    is_over = true;
    for (std::thread& each : askers) each.join();
    site.take("pacs", 1);
    site.take("other", 2);
    CHECK(Site::has(site.pacs, 1));
    CHECK(Site::has(site.other, 1));
}
