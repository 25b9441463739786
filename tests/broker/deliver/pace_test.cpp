// Pace: a rate that holds, a link that is shared evenly, and a wait that an interrupt ends.
#include "broker/deliver/pace.h"

#include <doctest/doctest.h>

#include <array>
#include <thread>

#include "broker/deliver/day.h"
#include "broker/deliver/dicom/dicom_sender.h"
#include "broker/deliver/folder/folder_sender.h"
#include "broker/deliver/lanes.h"
#include "tests/broker/deliver/rig.h"
#include "tests/broker/deliver/zone.h"
#include "tests/support/storage_scp.h"

using namespace broker::deliver;
using namespace std::chrono_literals;
using broker::Monotonic;
using broker::config::Bandwidth;
using support::utc;

namespace {

/// Both clocks at once, by hand; any thread.
class HandClock : public broker::Clock {
public:
    explicit HandClock(outbox::Instant from = utc({2026, 1, 15}, 3, 0)) : from_(from) {}
    outbox::Instant now() const override { return from_ + since_.load(); }
    Monotonic monotonic() const override { return Monotonic(1h) + (seen_ = since_.load()); }
    void advance(std::chrono::milliseconds by) { since_ = since_.load() + by; }
    std::chrono::milliseconds since() const { return since_; }
    /// Somebody has looked since it was advanced.
    bool is_seen() const { return seen_.load() == since_.load(); }

private:
    const outbox::Instant from_;
    std::atomic<std::chrono::milliseconds> since_{0ms};
    mutable std::atomic<std::chrono::milliseconds> seen_{-1ms};
};

bool wait_until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

std::vector<Bandwidth> at(std::uint64_t bytes_per_second) {
    return {{std::nullopt, {bytes_per_second}}};
}

std::vector<PaceLine> along(const std::shared_ptr<Pace>& pace) {
    return {{pace, pace->add_line()}};
}

/// Takes pieces as long as it may.
struct Taker {
    Taker(Pace& pace, std::size_t piece)
        : thread([this, &pace, piece, line = pace.add_line()] {
              while (pace.take(line, piece, is_interrupted)) bytes += piece;
          }) {}
    std::atomic<bool> is_interrupted = false;
    std::atomic<std::uint64_t> bytes = 0;
    std::thread thread;
};

}  // namespace

TEST_CASE("bucket: over an hour the rate holds within one percent, whatever the pieces") {
    const broker::config::Rate rate{250'000};
    for (std::size_t piece : {200u, 12'500u, 131'072u}) {
        Bucket bucket(100ms);
        const std::size_t line = bucket.add_line();
        std::uint64_t bytes = 0;
        Monotonic now{1h};
        bucket.enter(line, piece);
        // Looked at now and then only, as threads do that wake late.
        for (int n = 0; n < 3'600'000; n += 7, now += 7ms)
            while (bucket.grant(now, rate)) {
                bytes += piece;
                bucket.enter(line, piece);
            }
        CHECK(static_cast<double>(bytes) == doctest::Approx(250'000.0 * 3600).epsilon(0.01));
    }
}

TEST_CASE("bucket: after a pause no more goes at once than a tenth of a second's worth and one piece") {
    Bucket bucket(100ms);
    const std::size_t line = bucket.add_line();
    const broker::config::Rate rate{250'000};
    std::uint64_t bytes = 0;
    for (int n = 0; n < 100; ++n) bucket.enter(line, 1000);
    while (bucket.grant(Monotonic(24h), rate)) bytes += 1000;
    CHECK(bytes == 26'000);
}

TEST_CASE("bucket: lines share evenly, though one has more that wait and larger pieces") {
    Bucket bucket(100ms);
    const std::size_t narrow = bucket.add_line(), wide = bucket.add_line();
    std::map<Bucket::Ticket, std::size_t> waiting;
    waiting[bucket.enter(narrow, 1000)] = narrow;
    for (int n = 0; n < 4; ++n) waiting[bucket.enter(wide, 16'000)] = wide;
    std::array<std::uint64_t, 2> bytes{};
    for (Monotonic now{1h}; now < Monotonic(1h) + 600s; now += 1ms)
        while (auto ticket = bucket.grant(now, broker::config::Rate{250'000})) {
            const std::size_t line = waiting.at(*ticket), piece = line == narrow ? 1000 : 16'000;
            bytes[line] += piece;
            waiting[bucket.enter(line, piece)] = line;
        }
    CHECK(static_cast<double>(bytes[0]) == doctest::Approx(static_cast<double>(bytes[1])).epsilon(0.01));
}

TEST_CASE("bucket: who comes late gets its share from then on, and hardly more") {
    Bucket bucket(100ms);
    const std::size_t early = bucket.add_line(), late = bucket.add_line();
    for (int n = 0; n < 1000; ++n) bucket.enter(early, 1000);
    Monotonic now{1h};
    int went = 0;
    for (; went < 500; now += 1ms)
        while (bucket.grant(now, broker::config::Rate{250'000})) ++went;
    std::vector<Bucket::Ticket> newcomers;
    for (int n = 0; n < 100; ++n) newcomers.push_back(bucket.enter(late, 1000));
    int of_late = 0;
    for (int next = 0; next < 100; now += 1ms)
        while (auto ticket = bucket.grant(now, broker::config::Rate{250'000})) {
            ++next;
            of_late += *ticket >= newcomers.front() ? 1 : 0;
        }
    // A tenth of a second's worth is 25 pieces.
    CHECK(of_late >= 50);
    CHECK(of_late <= 50 + 13);
}

TEST_CASE("pace: two takers share an uplink evenly, at the rate of the day and then of the night") {
    const support::Zone zone("Asia/Jakarta");
    HandClock clock(utc({2026, 1, 15}, 11, 59, 56));  // 18:59:56 on the wall: four seconds of the day are left
    const std::vector<Bandwidth> bandwidth{{broker::config::DayWindow{7 * 60, 19 * 60}, {250'000}},
                                           {std::nullopt, {1'000'000}}};
    Pace pace(clock, bandwidth);
    CHECK(pace.piece_max() == 12'500);
    Taker narrow(pace, 4'000), wide(pace, 12'500);
    double due = 0;
    bool holds = true;
    while (holds && clock.since() < 6s) {
        holds = wait_until([&] {
            pace.wake();
            // In this order: who looked has also let go what may when the count can be read.
            return clock.is_seen() && pace.waiting_count() == 2;
        });
        const auto bytes = static_cast<double>(pace.bytes());
        // A piece that was begun in the day is paid for at the day's rate.
        holds = holds && bytes >= due - 50'000 && bytes <= due + 100'000 + 12'500;
        due += 0.001 * static_cast<double>(rate_at(bandwidth, clock.now())->bytes_per_second);
        clock.advance(1ms);
    }
    CHECK(holds);
    CHECK(due == doctest::Approx(4 * 250'000 + 2 * 1'000'000));
    const double share = static_cast<double>(narrow.bytes) / static_cast<double>(narrow.bytes + wide.bytes);
    CHECK(share == doctest::Approx(0.5).epsilon(0.02));
    for (Taker* each : {&narrow, &wide}) each->is_interrupted = true;
    pace.wake();
    for (Taker* each : {&narrow, &wide}) each->thread.join();
}

TEST_CASE("pace: an interrupt ends one wait and leaves the others") {
    HandClock clock;
    auto pace = std::make_shared<Pace>(clock, at(1024));
    Stride first(along(pace)), second(along(pace));
    CHECK(first.take(100'000));  // what comes after it waits for a minute and a half
    bool first_went = true;
    bool second_went = false;
    std::thread one([&] { first_went = first.take(10); });
    std::thread other([&] { second_went = second.take(10); });
    REQUIRE(wait_until([&] { return pace->waiting_count() == 2; }));
    first.interrupt();
    one.join();
    CHECK_FALSE(first_went);
    CHECK_FALSE(first.take(1));
    CHECK(pace->waiting_count() == 1);
    clock.advance(100s);
    pace->wake();
    other.join();
    CHECK(second_went);
    CHECK(pace->bytes() == 100'010);
}

TEST_CASE("pace: without a rate at this time of day everything goes") {
    const support::Zone zone("Asia/Jakarta");
    HandClock clock(utc({2026, 1, 15}, 15, 0));  // 22:00 on the wall
    Pace pace(clock, {{broker::config::DayWindow{7 * 60, 19 * 60}, {1024}}});
    std::atomic<bool> is_interrupted = false;
    for (int n = 0; n < 100; ++n) CHECK(pace.take(n == 0 ? pace.add_line() : 0, 1'000'000, is_interrupted));
}

namespace {

DicomPeer paced_peer(std::uint16_t port, const std::shared_ptr<Pace>& pace, std::chrono::milliseconds answer = 20s) {
    DicomPeer peer;
    peer.endpoint.host = "127.0.0.1";
    peer.endpoint.port = port;
    peer.ae_title = "PACSA";
    peer.calling_ae_title = "BRIDGE";
    peer.timeouts = {5s, answer, 1s};
    peer.paces = along(pace);
    return peer;
}

}  // namespace

TEST_CASE("pace: an association sends no faster, all of it, in pieces that are counted") {
    support::StorageScp scp;
    support::Ledger ledger;
    broker::SystemClock clock;
    auto pace = std::make_shared<Pace>(clock, at(2'000'000));
    const auto job = ledger.keep("1.2.3.4", support::data_set(1, 2'000'000));
    DicomSender sender(paced_peer(scp.port(), pace));
    REQUIRE_FALSE(sender.open({{{job.sop_class_uid, job.transfer_syntax_uid}}, "CT1"}));
    const auto began = std::chrono::steady_clock::now();
    CHECK(sender.send(job, ledger.open(job)).event == Event{Happening::status, 0, true});
    // Less a tenth of a second's worth and what may go unpaid.
    CHECK(std::chrono::steady_clock::now() - began >= 700ms);
    CHECK(scp.stored("1.2.3.4")->data_set == support::data_set(1, 2'000'000));
    CHECK(pace->bytes() >= 2'000'000);
    CHECK(pace->bytes() <= 2'010'000);
}

TEST_CASE("pace: waiting for it is not the peer's silence") {
    support::StorageScp scp;
    support::Ledger ledger;
    broker::SystemClock clock;
    auto pace = std::make_shared<Pace>(clock, at(1'000'000));
    const auto job = ledger.keep("1.2.3.4", support::data_set(1, 100'000));
    DicomSender sender(paced_peer(scp.port(), pace, 200ms));
    REQUIRE_FALSE(sender.open({{{job.sop_class_uid, job.transfer_syntax_uid}}, "CT1"}));
    Stride hog(along(pace));
    REQUIRE(hog.take(800'000));
    CHECK(sender.send(job, ledger.open(job)).event == Event{Happening::status, 0, true});
}

TEST_CASE("pace: an interrupt ends what waits for it, in an association and in a folder") {
    support::StorageScp scp;
    support::Ledger ledger;
    HandClock clock;
    auto pace = std::make_shared<Pace>(clock, at(2048));
    const auto job = ledger.keep("1.2.3.4", support::data_set(1, 1'000'000));
    std::filesystem::create_directory(ledger.folder() / "out");
    DicomSender to_pacs(paced_peer(scp.port(), pace));
    FolderSender to_folder(ledger.folder() / "out", along(pace));
    const Opening opening{{{job.sop_class_uid, job.transfer_syntax_uid}}, "CT1"};
    for (Sender* sender : {static_cast<Sender*>(&to_pacs), static_cast<Sender*>(&to_folder)}) {
        clock.advance(1h);
        REQUIRE_FALSE(sender->open(opening));
        Sent sent;
        std::thread thread([&] { sent = sender->send(job, ledger.open(job)); });
        REQUIRE(wait_until([&] { return pace->waiting_count() == 1; }));
        sender->interrupt();
        thread.join();
        CHECK_FALSE(sent.event.last_byte_sent);
        CHECK(classify(sent.event).verdict == Verdict::transient);
        CHECK(sent.bytes < 10'000);
    }
    CHECK(scp.stored_count() == 0);
    CHECK(std::filesystem::is_empty(ledger.folder() / "out" / "1.2.3" / "1.2.3.4"));
}

TEST_CASE("pace: lanes keep to the destination's bandwidth and to its uplink's, and tell how fast they are") {
    support::Rig rig(1);
    broker::config::Destination folder;
    folder.name = "pacs";
    folder.kind = broker::config::DestinationKind::folder;
    folder.path = rig.ledger.folder() / "out";
    folder.bandwidth = at(100'000'000);
    folder.uplink = "internet";
    std::filesystem::create_directory(folder.path);
    rig.config.destinations = {folder};
    rig.config.uplinks = {{"internet", at(1'000'000)}};
    for (int n = 0; n < 4; ++n) rig.take("1.2.3." + std::to_string(n), 250'000);
    Lanes lanes(rig.config, {rig.clock, rig.ledger.spool(), rig.committer, rig.database});
    CHECK(lanes.throughput("pacs")->instances_per_second == 0);
    const auto began = std::chrono::steady_clock::now();
    lanes.start();
    REQUIRE(wait_until([&] { return rig.view().jobs.delivered == 4; }));
    CHECK(std::chrono::steady_clock::now() - began >= 700ms);
    CHECK(lanes.throughput("pacs")->instances_per_second > 0);
    CHECK(lanes.throughput("pacs")->bytes_per_second > 1000);
    CHECK_FALSE(lanes.throughput("nowhere"));
    lanes.stop(rig.clock.monotonic() + 20s);
}
