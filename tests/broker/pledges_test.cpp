// Pledges: scanners hear what we commit to, and only who was asked may report to us.
#include "broker/pledges.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include "tests/broker/committer/books.h"
#include "tests/support/scp_commitment.h"

using namespace std::chrono_literals;
using books_test::Books;
using books_test::start;

namespace {

const std::string ct = "1.2.840.10008.5.1.4.1.1.2";
const broker::receive::CommitmentPeer scanner{"CT1", "BRIDGE", "127.0.0.1"}, pacs{"PACSA", "BRIDGE", "127.0.0.1"};

/// Wall time stands still; monotonic time is the machine's, which waiting needs.
class StillClock : public broker::Clock {
public:
    outbox::Instant now() const override { return start; }
    broker::Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
};

struct House {
    House() {
        if (std::getenv("BRIDGE_TEST_LOG") == nullptr) spdlog::set_level(spdlog::level::off);
        broker::config::Destination destination;
        destination.name = "pacs";
        destination.ae_title = "PACSA";
        config.destinations.push_back(destination);
        broker::config::Sender sender;
        sender.name = "ct-1";
        sender.ae_title = "CT1";
        config.senders.push_back(sender);
        config.delivery.pledge_look_every = 20ms;
        config.delivery.backoff_max = 50ms;
    }
    broker::Pledges pledges() {
        return {{books.committer, clock, books.database(), [this](outbox::DestinationId) { ++woken; }}, config};
    }
    std::size_t open() const { return outbox::Views(books.database()).pledges_due(outbox::Instant::max(), 10).size(); }

    Books books;
    StillClock clock;
    broker::config::Config config;
    std::atomic<int> woken = 0;
};

broker::dicom::CommitmentRequest request(const std::string& transaction_uid, std::vector<std::string> uids) {
    broker::dicom::CommitmentRequest made{transaction_uid, {}};
    for (const std::string& each : uids) made.references.push_back({ct, each});
    return made;
}

/// A scanner that takes reports on a port of its own.
struct Scanner {
    support::ScpCommitment serving{{}};
    support::StorageScp scp{[this] {
        support::Script script;
        script.other = [this](const support::OtherMessage& message) { serving.serve(message); };
        return script;
    }()};
    bool wait_for_report() {
        return scp.wait_until([this](const support::StorageScp&) { return !serving.requests().empty(); });
    }
};

}  // namespace

TEST_CASE("pledges: what we have custody of is committed to at once, what we don't have is denied") {
    House house;
    house.books.take("one", "1.2.1");
    auto pledges = house.pledges();
    CHECK(pledges.request(scanner, request("2.25.1", {"1.2.1", "1.2.99"})) == 0x0000);
    const auto report = pledges.take_report(scanner, "2.25.1").report;
    REQUIRE(report);
    CHECK(report->committed == std::vector<broker::dicom::Reference>{{ct, "1.2.1"}});
    REQUIRE(report->failed.size() == 1);
    CHECK(report->failed.front().reason == 0x0112);
    CHECK(house.open() == 1);
    pledges.reported(scanner, "2.25.1", true);
    CHECK(house.open() == 0);
    // The same transaction UID again is refused (PS3.4 J.3.2.1.1.1).
    CHECK(pledges.request(scanner, request("2.25.1", {"1.2.1"})) == 0x0131);
}

TEST_CASE("pledges: with commit_when delivered the report waits for the last copy, here where no host is known") {
    for (const std::string host : {"", "127.0.0.1"}) {
        House house;
        house.config.senders.front().host = host;
        house.config.senders.front().commit_when = broker::config::CommitWhen::delivered;
        house.books.take("one", "1.2.1");
        auto pledges = house.pledges();
        CHECK(pledges.request(scanner, request("2.25.1", {"1.2.1"})) == 0x0000);
        const auto early = pledges.take_report(scanner, "2.25.1");
        CHECK_FALSE(early.report);
        CHECK(early.is_only_here == host.empty());
        house.books.deliver_all();
        CHECK(pledges.take_report(scanner, "2.25.1").report);
    }
}

TEST_CASE(
    "pledges: a scanner that took no report on its association gets it on one that we open, after a restart too") {
    House house;
    Scanner scan;
    house.config.senders.front().host = "127.0.0.1";
    house.config.senders.front().port = scan.scp.port();
    house.books.take("one", "1.2.1");
    {
        auto before = house.pledges();
        CHECK(before.request(scanner, request("2.25.1", {"1.2.1"})) == 0x0000);
    }
    auto pledges = house.pledges();
    pledges.start();
    REQUIRE(scan.wait_for_report());
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (house.open() > 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(5ms);  // between looks
    CHECK(house.open() == 0);
    CHECK(scan.serving.requests().size() == 1);
    pledges.stop();
    pledges.stop();
}

TEST_CASE("pledges: a destination's report settles its jobs; anybody else's, and an unknown one, changes nothing") {
    House house;
    const auto job = house.books.take("one", "1.2.1").jobs.front();
    house.books.committer.run(broker::Turn::settlement, [&](outbox::Outbox& outbox) {
        const auto claimed = outbox.claim(house.books.pacs, 1, start);
        outbox.doubt({job, claimed.front().attempt, start, std::nullopt, "", 1}, outbox::Reason::no_response, start);
        const auto probe = outbox.ask(job, start);
        outbox.ask_commitment("2.25.5", std::vector{std::pair{job, *probe}}, start);
    });
    const outbox::Views views(house.books.database());
    auto pledges = house.pledges();
    const broker::dicom::CommitmentReport report{"2.25.5", {{ct, "1.2.1"}}, {}};
    CHECK(pledges.report({"EVIL", "BRIDGE", "127.0.0.1"}, report) == 0x0117);
    CHECK(pledges.report(pacs, {"2.25.6", {{ct, "1.2.1"}}, {}}) == 0x0117);
    CHECK(views.job(job)->state == outbox::State::uncertain);
    CHECK(house.woken == 0);
    CHECK(pledges.report(pacs, report) == 0x0000);
    CHECK(views.job(job)->state == outbox::State::delivered);
    CHECK(views.job(job)->evidence == outbox::Evidence::commitment);
    CHECK(house.woken == 1);
    // Repeated, it is acknowledged and changes nothing.
    const auto attempts = views.job(job)->attempts.size();
    CHECK(pledges.report(pacs, report) == 0x0000);
    CHECK(views.job(job)->attempts.size() == attempts);
}
