// A destination that is down for thirty days, on a clock that the test moves: few tries, and nobody else waits.
#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <set>
#include <thread>

#include "broker/deliver/lane.h"
#include "tests/broker/deliver/rig.h"

using namespace std::chrono_literals;
using namespace broker::deliver;
using support::Rig;

namespace {

constexpr auto outage = 30 * 24h;
constexpr int arrivals = 1'000, per_arrival = 10, jobs = arrivals * per_arrival;

class HandClock : public broker::Clock {
public:
    outbox::Instant now() const override { return start_ + passed(); }
    broker::Monotonic monotonic() const override { return steady_start_ + passed(); }
    std::chrono::milliseconds passed() const { return std::chrono::milliseconds(passed_ms_.load()); }
    void move_to(std::chrono::milliseconds passed) { passed_ms_ = std::max(passed_ms_.load(), passed.count()); }
    outbox::Instant start() const { return start_; }

private:
    const outbox::Instant start_ = broker::SystemClock{}.now();
    const broker::Monotonic steady_start_ = std::chrono::steady_clock::now();
    std::atomic<std::int64_t> passed_ms_ = 0;
};

/// A place that can be down, and remembers who tried and what came.
struct Peer {
    std::atomic<bool> is_up = true;
    std::atomic<int> connections = 0, sent_count = 0;
    std::mutex mutex;  ///< guards order
    std::vector<std::string> order;
};

class PeerSender : public Sender {
public:
    explicit PeerSender(Peer& peer) : peer_(peer) {}
    std::optional<Event> open(const Opening&) override {
        ++peer_.connections;
        is_open_ = peer_.is_up;
        if (is_open_) return std::nullopt;
        return Event{Happening::unreachable, static_cast<std::uint32_t>(Unreachable::timed_out), false};
    }
    bool is_open() const override { return is_open_; }
    bool covers(const outbox::ClaimedJob&) const override { return true; }
    Sent send(const outbox::ClaimedJob& job, spool::Reader) override {
        std::lock_guard lock(peer_.mutex);
        peer_.order.push_back(job.sop_instance_uid);
        ++peer_.sent_count;
        return {{Happening::status, 0, true}, 100, 0, ""};
    }
    std::optional<Event> verify() override { return std::nullopt; }
    void close() override { is_open_ = false; }
    void interrupt() override {}

private:
    Peer& peer_;
    bool is_open_ = false;
};

/// The priority is part of the name: the last component, 0 the most urgent.
std::string uid_of(int n) {
    return "1.2.3." + std::to_string(n) + "." + std::to_string(n % 3);
}

outbox::Receipt receipt_of(int n, outbox::Instant now, std::initializer_list<outbox::DestinationId> destinations) {
    outbox::Receipt receipt;
    receipt.association = {1, "CT1", "BRIDGE", "127.0.0.1", "", "", now};
    receipt.instance.sop_instance_uid = uid_of(n);
    receipt.instance.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
    receipt.instance.transfer_syntax_uid = "1.2.840.10008.1.2.1";
    receipt.instance.bytes = 100;
    receipt.instance.digest[0] = static_cast<std::byte>(n & 0xFF);
    receipt.instance.digest[1] = static_cast<std::byte>(n >> 8);
    receipt.received_at = now;
    for (outbox::DestinationId each : destinations)
        receipt.jobs.push_back({.destination = each, .priority = static_cast<outbox::Priority>(n % 3), .due_at = now});
    return receipt;
}

bool until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 180s;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

/// Twenty thousand deliveries are not worth a line each.
struct Quiet {
    Quiet() { spdlog::set_level(spdlog::level::err); }
    ~Quiet() { spdlog::set_level(before); }
    const spdlog::level::level_enum before = spdlog::get_level();
};

/// One lane over the rig's outbox, to a peer of ours; its waits are the product's own.
struct Place {
    Place(Rig& rig, const HandClock& clock, const std::string& name, outbox::DestinationId id,
          const broker::config::Delivery& limits, const OpenBlob& open_blob)
        : books(rig.committer, rig.database, id, name, limits) {
        auto destination = rig.destination;
        destination.name = name;
        auto make_sender = [this] { return std::make_unique<PeerSender>(peer); };
        lane = std::make_unique<Lane>(destination, limits, LaneParts{clock, books, make_sender, open_blob, {}});
    }
    Peer peer;
    OutboxBooks books;
    std::unique_ptr<Lane> lane;
};

}  // namespace

TEST_CASE(
    "long outage: thirty days with 10,000 jobs cost fewer than 2,000 connections, and then all go, urgent first") {
    const Quiet quiet;
    HandClock clock;
    Rig rig(1);
    auto [down_id, fine_id] = rig.run([&](outbox::Outbox& outbox) {
        const outbox::DestinationSpec specs[] = {{"down", "dicom"}, {"fine", "dicom"}};
        outbox.configure(specs, clock.now());
        return std::pair{*outbox.destination("down"), *outbox.destination("fine")};
    });
    const auto blob = rig.ledger.keep("1.2.3", support::data_set(1, 100));
    const OpenBlob open_blob = [&](const spool::Digest&) { return rig.ledger.open(blob); };
    broker::config::Delivery limits;  // as it comes
    limits.linger_for = 1ms;          // of real time: a condition is waited on for that long
    Place down(rig, clock, "down", down_id, limits, open_blob), fine(rig, clock, "fine", fine_id, limits, open_blob);
    const outbox::Views views(rig.database);
    down.peer.is_up = false;
    down.lane->start();
    fine.lane->start();

    int arrived = 0, tries = 0;
    // After a try the lane is left alone until then; the books say so before the gate does.
    auto left_alone_until = [&] {
        REQUIRE(until([&] { return down.peer.connections > tries && down.lane->breaker() == Breaker::State::open; }));
        tries = down.peer.connections;
        return *views.destination("down")->next_try_at - clock.start();
    };
    auto arrive = [&] {
        rig.run([&](outbox::Outbox& outbox) {
            for (int n = 0; n < per_arrival; ++n)
                outbox.accept(receipt_of(arrived * per_arrival + n, clock.now(), {down_id, fine_id}));
        });
        ++arrived;
        down.lane->wake();
        fine.lane->wake();
        // The clock stands still meanwhile: what the other destination gets is not a moment late.
        REQUIRE(until([&] { return fine.peer.sent_count == arrived * per_arrival; }));
    };
    arrive();
    auto next_try = left_alone_until();
    for (;;) {
        const auto next_arrival = outage * arrived / arrivals;
        if (arrived < arrivals && next_arrival <= next_try) {
            clock.move_to(std::chrono::duration_cast<std::chrono::milliseconds>(next_arrival));
            arrive();
            continue;
        }
        if (next_try >= outage) break;
        clock.move_to(next_try);
        down.lane->wake();
        next_try = left_alone_until();
    }
    REQUIRE(arrived == arrivals);
    MESSAGE("connections in 30 days: " << down.peer.connections.load() << " with " << jobs << " jobs waiting");
    CHECK(down.peer.connections < 2'000);
    CHECK(down.peer.connections > 30 * 24);  // and yet it is noticed within an hour or so
    CHECK(views.destination("down")->jobs.queued == jobs);

    down.peer.is_up = true;  // before the next try is due: after a failed one the clock would have to move on
    clock.move_to(next_try);
    down.lane->wake();
    REQUIRE(until([&] { return views.destination("down")->jobs.delivered == jobs; }));
    REQUIRE(until([&] { return views.destination("fine")->jobs.delivered == jobs; }));
    down.lane->stop(clock.monotonic() + 20s);
    fine.lane->stop(clock.monotonic() + 20s);
    REQUIRE(down.peer.order.size() == jobs);
    int disorder = 0;
    for (int n = 1; n < jobs; ++n) disorder += down.peer.order[n - 1].back() > down.peer.order[n].back() ? 1 : 0;
    CHECK(disorder == 0);
    CHECK(std::set(down.peer.order.begin(), down.peer.order.end()).size() == jobs);
}
