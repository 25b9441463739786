#include "tests/broker/deliver/rig.h"

#include "broker/dicom/part10.h"

namespace support {

using namespace broker::deliver;
using namespace std::chrono_literals;

void WatchedBooks::changed() {
    std::lock_guard lock(change_mutex_);
    ++changes_;
    change_came_.notify_all();
}

Standing WatchedBooks::standing(outbox::Instant now) {
    const Standing result = OutboxBooks::standing(now);
    ++standing_count_;
    changed();
    return result;
}

void WatchedBooks::settle(std::span<const Entry> entries) {
    OutboxBooks::settle(entries);
    changed();
}

void WatchedBooks::resolve(std::span<const outbox::DoubtfulJob> jobs, bool is_resend_safe, outbox::Instant now) {
    OutboxBooks::resolve(jobs, is_resend_safe, now);
    changed();
}

void WatchedBooks::postpone_due(outbox::Reason reason, outbox::Instant until, outbox::Instant now) {
    OutboxBooks::postpone_due(reason, until, now);
    changed();
}

bool WatchedBooks::prepared(const outbox::DueJob& job, broker::worker::Transcoded made, outbox::Instant now) {
    const bool is_prepared = OutboxBooks::prepared(job, std::move(made), now);
    changed();
    return is_prepared;
}

void WatchedBooks::not_prepared(const outbox::DueJob& job, std::string_view error, std::string_view note,
                                std::optional<outbox::Instant> again_at, outbox::Instant now) {
    OutboxBooks::not_prepared(job, error, note, again_at, now);
    changed();
}

void WatchedBooks::found(std::span<const Found> findings, outbox::Instant now) {
    OutboxBooks::found(findings, now);
    changed();
}

std::uint16_t WatchedBooks::report(const broker::dicom::CommitmentReport& report, outbox::Instant now) {
    const auto status = OutboxBooks::report(report, now);
    changed();
    return status;
}

void WatchedBooks::trouble(const Trouble& told, outbox::Instant now) {
    OutboxBooks::trouble(told, now);
    changed();
}

void WatchedBooks::recovered(outbox::Instant now) {
    OutboxBooks::recovered(now);
    changed();
}

bool WatchedBooks::wait_until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    for (;;) {
        std::uint64_t seen = 0;
        {
            std::lock_guard lock(change_mutex_);
            seen = changes_;
        }
        if (holds()) return true;
        std::unique_lock lock(change_mutex_);
        if (!change_came_.wait_until(lock, deadline, [&] { return changes_ != seen; })) return false;
    }
}

Rig::Rig(std::uint16_t port)
    : database(ledger.folder() / "outbox.db"),
      outbox(database, "test"),
      committer(ledger.spool(), outbox, {},
                {[this](std::span<const outbox::DestinationId>) {
                     std::lock_guard lock(lane_mutex);
                     if (lane) lane->wake();
                 },
                 [] {}, [](const std::string& why) { FAIL_CHECK(why); }}) {
    destination.name = "pacs";
    destination.kind = broker::config::DestinationKind::dicom;
    destination.host = "127.0.0.1";
    destination.port = port;
    destination.ae_title = "PACSA";
    destination.parallel = 1;
    destination.timeout = 20s;
    config.delivery.backoff_base = 20ms;
    config.delivery.backoff_max = 100ms;
    config.delivery.breaker_base = 20ms;
    config.delivery.breaker_max = 100ms;
    config.delivery.held_probe_every = 50ms;
    config.delivery.release_timeout = 1s;
    config.delivery.ask_after = 20ms;
    config.delivery.ask_again = 50ms;
    config.delivery.denials_over = 100ms;
    config.delivery.report_linger = 100ms;
    config.delivery.report_wait = 300ms;
    config.delivery.confirm_after = 10ms;
    outbox::Outbox::Transaction transaction(outbox);
    outbox.begin_generation("test", clock.now());
    const outbox::DestinationSpec spec{"pacs", "dicom"};
    outbox.configure({&spec, 1}, clock.now());
    id = *outbox.destination("pacs");
    transaction.commit();
    committer.start();
    books = std::make_unique<WatchedBooks>(committer, database, id, "pacs", config.delivery);
}

Rig::~Rig() {
    stop();
    committer.stop();
}

void Rig::start() {
    auto open = [this](const spool::Digest& digest) {
        if (before_open_blob) before_open_blob(digest);
        return ledger.spool().open(digest);
    };
    auto make_sender = sender_maker(destination, config);
    if (around_sender) make_sender = around_sender(make_sender);
    auto made = std::make_unique<Lane>(
        destination, config.delivery,
        LaneParts{clock, *books, make_sender, open, asker_maker(destination, config), transcoder.get()});
    std::lock_guard lock(lane_mutex);
    lane = std::move(made);
    lane->start();
}

void Rig::stop(std::chrono::milliseconds within) {
    // Not under the mutex: the lane's last outcomes wake it through the committer.
    if (lane) lane->stop(clock.monotonic() + within);
    std::lock_guard lock(lane_mutex);
    lane.reset();
}

outbox::JobId Rig::take(const std::string& sop_instance_uid, std::size_t size, const std::string& transfer_syntax_uid,
                        const std::string& edits) {
    outbox::Receipt receipt;
    receipt.association = {1, "CT1", "BRIDGE", "127.0.0.1", "", "", clock.now()};
    receipt.instance.sop_instance_uid = sop_instance_uid;
    receipt.instance.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
    receipt.instance.transfer_syntax_uid = transfer_syntax_uid;
    receipt.instance.study_instance_uid = "1.2.3";
    receipt.instance.series_instance_uid = "1.2.3.1";
    auto intake = ledger.spool().begin(1u << 30);
    intake.append(broker::dicom::file_header({receipt.instance.sop_class_uid, sop_instance_uid, transfer_syntax_uid}));
    intake.append(data_set(static_cast<unsigned>(std::hash<std::string>{}(sop_instance_uid)), size));
    auto linked = ledger.spool().link(intake.finish());
    receipt.instance.digest = linked.digest().bytes();
    receipt.instance.bytes = static_cast<std::int64_t>(linked.size());
    receipt.received_at = clock.now();
    receipt.jobs.push_back({.destination = id, .due_at = clock.now(), .edits = edits});
    return committer.take_custody(std::move(linked), std::move(receipt)).jobs.at(0);
}

outbox::JobView Rig::job(outbox::JobId job_id) const {
    return *outbox::Views(database).job(job_id);
}

outbox::DestinationView Rig::view() const {
    return *outbox::Views(database).destination("pacs");
}

bool Rig::wait_delivered(std::int64_t count) {
    return wait_until([&] { return view().jobs.delivered >= count; });
}

}  // namespace support
