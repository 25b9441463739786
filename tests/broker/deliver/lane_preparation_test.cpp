// Lane: jobs that need another blob made first, transcoded or edited, and those beside them.
#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "broker/deliver/lane.h"
#include "broker/dicom/part10.h"
#include "tests/broker/deliver/rig.h"
#include "tests/support/storage_scp.h"

using namespace std::chrono_literals;
using outbox::Reason;
using outbox::State;
using support::Rig;
using support::Script;
using support::StorageScp;

namespace {

std::string uid(int n) {
    return "1.2.3.2." + std::to_string(n);
}

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

TEST_CASE("lane: a number that is assigned while a blob is made has another one made, with the number in it") {
    StorageScp scp;
    Rig rig(scp.port());
    const outbox::DestinationSpec registers{.name = "pacs", .kind = "dicom", .registers = true};
    rig.run([&](outbox::Outbox& outbox) { outbox.configure({&registers, 1}, rig.clock.now()); });
    auto made = std::make_unique<FakeTranscoder>(rig.ledger.spool(), true);
    FakeTranscoder& transcoder = *made;
    transcoder.is_stuck = true;
    rig.transcoder = std::move(made);
    const auto job = rig.take(uid(1), 2000, explicit_le, edits);
    rig.start();
    REQUIRE(rig.wait_until([&] { return rig.job(job).reason == Reason::being_prepared; }));
    rig.run([&](outbox::Outbox& outbox) {
        const outbox::Assignment number{"RAD-1", R"([{"set":"AccessionNumber","value":"RAD-1"}])"};
        outbox.assign({rig.id, "1.2.3"}, number, {"local:alice", ""}, rig.clock.now());
    });
    rig.lane->wake();
    transcoder.release();
    REQUIRE(rig.wait_until([&] { return rig.job(job).is_edited; }));
    CHECK(transcoder.edit_count == 2);
    CHECK(rig.job(job).digest == transcoder.edited_to->bytes());
    CHECK(rig.job(job).edits == R"([{"remove":"PatientName"},{"set":"AccessionNumber","value":"RAD-1"}])");
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
