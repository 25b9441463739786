// The role: who stands in for whom as the books say, moved in slices, and back.
#include "broker/failover.h"

#include <doctest/doctest.h>

#include <atomic>

#include "tests/broker/committer/books.h"

using namespace std::chrono_literals;
using books_test::Books;
using books_test::start;

namespace {

/// Both clocks as the test sets them.
class SetClock : public broker::Clock {
public:
    outbox::Instant now() const override { return start + passed.load(); }
    broker::Monotonic monotonic() const override { return broker::Monotonic{passed.load()}; }
    std::atomic<std::chrono::milliseconds> passed{0ms};
};

struct House {
    House() {
        config.node.data_dir = books.folder.path();
        for (const char* name : {"pacs", "second", "third"}) config.destinations.emplace_back().name = name;
        config.destinations[0].failover = {"second", "third"};
        configure();
    }

    template <class Work>
    auto run(Work work) {
        return books.committer.run(broker::Turn::settlement, work);
    }
    void configure() {
        std::vector<outbox::DestinationSpec> specs;
        for (const auto& each : config.destinations) specs.push_back({each.name, "dicom"});
        run([&](outbox::Outbox& outbox) { outbox.configure(specs, clock.now()); });
    }
    outbox::DestinationId id(const std::string& name) { return view(name).id; }
    outbox::DestinationView view(const std::string& name) {
        return outbox::Views(books.database()).destination(name).value();
    }
    void fail(const std::string& name) {
        run([&](outbox::Outbox& outbox) {
            outbox.failing(*outbox.destination(name), "no route to host", 1, clock.now() + 1h, clock.now());
        });
    }
    void mend(const std::string& name) {
        run([&](outbox::Outbox& outbox) { outbox.recovered(*outbox.destination(name), clock.now()); });
    }
    broker::Failover failover() {
        return {{books.committer, clock, books.database(), [this](outbox::DestinationId) { ++woken; }},
                std::make_shared<const broker::config::Config>(config)};
    }

    Books books;
    SetClock clock;
    broker::config::Config config;
    std::atomic<int> woken = 0;
};

}  // namespace

TEST_CASE("failover: after long enough what is due goes to the first that works, and what is left of it comes back") {
    House house;
    for (int i = 1; i <= 5; ++i) house.books.take("blob " + std::to_string(i), "1.2." + std::to_string(i));
    auto failover = house.failover();
    CHECK(failover.look() == 0);
    house.fail("pacs");
    house.clock.passed = 4min;
    CHECK(failover.look() == 0);
    house.clock.passed = 5min;
    CHECK(failover.look() == 5);
    CHECK(house.woken > 0);
    CHECK(house.view("pacs").jobs.cancelled == 5);
    CHECK(house.view("pacs").failover_to == "second");
    CHECK(house.view("second").jobs.queued == 5);
    // One is on its way by now.
    const auto claimed =
        house.run([&](outbox::Outbox& outbox) { return outbox.claim(house.id("second"), 1, house.clock.now()); });
    REQUIRE(claimed.size() == 1);
    // What comes meanwhile goes after it.
    house.books.take("blob 6", "1.2.6");
    CHECK(failover.look() == 1);
    house.mend("pacs");
    CHECK(failover.look() == 5);
    CHECK(failover.look() == 0);
    CHECK(house.view("pacs").failover_to.empty());
    CHECK(house.view("pacs").jobs.queued == 5);
    CHECK(house.view("second").jobs.queued == 0);
    CHECK(house.view("second").jobs.sending == 1);
}

TEST_CASE("failover: what a destination sent us is not brought back to it, though it stands in for another one") {
    House house;
    house.config.destinations[1].ae_title = "CT1";  // as books.receipt has it, from this address
    house.config.destinations[1].host = "127.0.0.1";
    house.books.take("blob", "1.2.1");
    auto failover = house.failover();
    house.fail("pacs");
    house.clock.passed = 5min;
    CHECK(failover.look() == 0);
    CHECK(house.view("pacs").jobs.queued == 1);
    CHECK(house.view("second").jobs.queued == 0);
    // Who comes next in the list is somebody else.
    house.fail("second");
    house.clock.passed = 10min;
    CHECK(failover.look() == 1);
    CHECK(house.view("third").jobs.queued == 1);
}

TEST_CASE(
    "failover: what is held where it stands in comes back with the rest, also from a destination that was removed") {
    House house;
    for (int i = 1; i <= 3; ++i) house.books.take("blob " + std::to_string(i), "1.2." + std::to_string(i));
    auto failover = house.failover();
    house.fail("pacs");
    house.clock.passed = 5min;
    CHECK(failover.look() == 3);
    const auto jobs = outbox::Views(house.books.database()).standing_in(house.id("pacs"), std::nullopt, {}, 10);
    REQUIRE(jobs.size() == 3);
    house.run([&](outbox::Outbox& outbox) {
        outbox.hold_queued(jobs[0].job, outbox::Reason::sop_class_refused, house.clock.now());
        outbox.hold_queued(jobs[1].job, outbox::Reason::held_by_operator, house.clock.now());
    });
    house.config.destinations.erase(house.config.destinations.begin() + 1);
    house.config.destinations[0].failover = {"third"};
    house.configure();
    failover.configure(std::make_shared<const broker::config::Config>(house.config));
    house.run([&](outbox::Outbox& outbox) { outbox.settle_removed(10, house.clock.now()); });
    CHECK(house.view("pacs").jobs.queued == 0);
    // What was left behind goes on to who stands in now; what was refused there waits for the first one.
    CHECK(failover.look() == 1);
    CHECK(house.view("third").jobs.queued == 1);
    house.mend("pacs");
    CHECK(failover.look() == 2);
    CHECK(house.view("pacs").jobs.queued == 2);
    CHECK(failover.look() == 0);
}

TEST_CASE("failover: a job whose blob is being made goes with the next look once that is there, not a minute later") {
    House house;
    house.books.take("blob", "1.2.1");
    auto failover = house.failover();
    house.fail("pacs");
    house.clock.passed = 5min;
    const auto id = house.id("pacs");
    const auto job = outbox::Views(house.books.database()).due(id, house.clock.now(), 1).at(0);
    house.run([&](outbox::Outbox& outbox) {
        outbox.set_aside(job.job, job.digest, house.clock.now() + 1h, house.clock.now());
    });
    CHECK(failover.look() == 0);
    house.run([&](outbox::Outbox& outbox) { outbox.take_back(id, 10, house.clock.now()); });
    house.clock.passed = 5min + 1s;
    CHECK(failover.look() == 1);
    CHECK(house.view("second").jobs.queued == 1);
}

TEST_CASE("failover: where the one that stands in fails as well, the next one takes its place") {
    House house;
    house.books.take("blob", "1.2.1");
    auto failover = house.failover();
    house.fail("pacs");
    house.clock.passed = 5min;
    CHECK(failover.look() == 1);
    house.fail("second");
    house.clock.passed = 6min;
    CHECK(failover.look() == 0);  // it may be over in a moment
    CHECK(house.view("pacs").failover_to == "second");
    house.clock.passed = 10min;
    CHECK(failover.look() == 1);
    CHECK(house.view("third").jobs.queued == 1);
    house.mend("second");
    house.mend("pacs");
    CHECK(failover.look() == 1);
    CHECK(house.view("pacs").jobs.queued == 1);
}

TEST_CASE("failover: nothing moves from a paused destination, nor to one, and a study that is arriving is waited for") {
    House house;
    house.config.destinations[0].after_study_quiet = 15min;
    auto linked = house.books.link("blob");
    auto receipt = house.books.receipt(linked, "1.2.1");
    receipt.jobs[0].waiting = outbox::Reason::quiet_period;
    receipt.jobs[0].due_at = start + 15min;
    house.books.committer.take_custody(std::move(linked), std::move(receipt));
    auto failover = house.failover();
    house.fail("pacs");
    house.clock.passed = 10min;
    CHECK(failover.look() == 0);
    const auto pause = [&](const std::string& name) {
        house.run([&](outbox::Outbox& outbox) {
            outbox.pause(*outbox.destination(name), {"test", ""}, "maintenance", std::nullopt, house.clock.now());
        });
    };
    pause("second");
    house.clock.passed = 16min;
    CHECK(failover.look() == 1);  // its lane rests; whether the study is complete is looked at all the same
    CHECK(house.view("third").jobs.queued == 1);
    CHECK(house.view("third").jobs.waiting == 0);
    pause("pacs");
    house.books.take("other", "1.2.2");
    CHECK(failover.look() == 0);
    CHECK(house.view("pacs").failover_to.empty());
}

TEST_CASE("failover: a new configuration counts from the next look on, and many go in slices") {
    House house;
    house.config.destinations[0].failover.clear();
    house.config.janitor.batch = 3;
    for (int i = 1; i <= 70; ++i) house.books.take("blob " + std::to_string(i), "1.2." + std::to_string(i));
    auto failover = house.failover();
    house.fail("pacs");
    house.clock.passed = 1h;
    CHECK(failover.look() == 0);
    house.config.destinations[0].failover = {"third"};
    failover.configure(std::make_shared<const broker::config::Config>(house.config));
    CHECK(failover.look() == 60);  // twenty slices
    CHECK(failover.look() == 10);
    CHECK(failover.look() == 0);
    CHECK(house.view("third").jobs.queued == 70);
}

TEST_CASE("failover: its thread looks by itself, and a stop comes between two slices") {
    House house;
    house.config.delivery.failover_look_every = 10ms;
    house.config.destinations[0].failover_after = 0ms;
    house.books.take("blob", "1.2.1");
    house.fail("pacs");
    auto failover = house.failover();
    failover.stop();
    failover.start();
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (house.view("second").jobs.queued == 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    CHECK(house.view("second").jobs.queued == 1);
    failover.stop();
    failover.stop();
}
