/// Rig: one lane with everything real around it: spool, outbox, committer, and a destination.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "broker/committer/committer.h"
#include "broker/deliver/lanes.h"
#include "tests/broker/deliver/ledger.h"

namespace support {

/// The books, telling whoever waits when they changed.
class WatchedBooks : public broker::deliver::OutboxBooks {
public:
    using OutboxBooks::OutboxBooks;
    broker::deliver::Standing standing(outbox::Instant now) override;
    void settle(std::span<const broker::deliver::Entry> entries) override;
    void resolve(std::span<const outbox::DoubtfulJob> jobs, bool is_resend_safe, outbox::Instant now) override;
    bool prepared(const outbox::DueJob& job, broker::worker::Transcoded made, outbox::Instant now) override;
    void not_prepared(const outbox::DueJob& job, std::string_view error, std::string_view note,
                      std::optional<outbox::Instant> again_at, outbox::Instant now) override;
    void postpone_due(outbox::Reason reason, outbox::Instant until, outbox::Instant now) override;
    void found(std::span<const broker::deliver::Found> findings, outbox::Instant now) override;
    std::uint16_t report(const broker::dicom::CommitmentReport& report, outbox::Instant now) override;
    void trouble(const broker::deliver::Trouble& trouble, outbox::Instant now) override;
    void recovered(outbox::Instant now) override;

    /// How often the lane has asked whether it may work.
    int standing_count() const { return standing_count_; }
    /// Waits until `holds`, asked after each change, or 20 s. What it returned last.
    bool wait_until(const std::function<bool()>& holds);

private:
    void changed();
    std::atomic<int> standing_count_ = 0;
    std::mutex change_mutex_;  ///< guards changes_
    std::condition_variable change_came_;
    std::uint64_t changes_ = 0;
};

class Rig {
public:
    /// A DICOM destination "pacs" at this port, with waits of milliseconds.
    explicit Rig(std::uint16_t port);
    ~Rig();

    /// Makes and starts the lane, as `destination` and `delivery` say now.
    void start();
    /// Stops it; another `start` is as after a restart.
    void stop(std::chrono::milliseconds within = std::chrono::seconds(20));

    /// Takes custody of one instance of this many bytes, with a job for the destination.
    outbox::JobId take(const std::string& sop_instance_uid, std::size_t size = 2000,
                       const std::string& transfer_syntax_uid = "1.2.840.10008.1.2.1", const std::string& edits = "");
    outbox::JobView job(outbox::JobId id) const;
    outbox::DestinationView view() const;
    bool wait_until(const std::function<bool()>& holds) { return books->wait_until(holds); }
    bool wait_delivered(std::int64_t count);
    template <class Work>
    auto run(Work work) {
        return committer.run(broker::Turn::settlement, work);
    }

    Ledger ledger;
    broker::SystemClock clock;
    std::filesystem::path database;
    outbox::Outbox outbox;
    broker::config::Config config;
    broker::config::Destination destination;
    outbox::DestinationId id;
    std::unique_ptr<broker::worker::Transcoder> transcoder;  ///< set before start
    std::mutex lane_mutex;                                   ///< guards lane against the committer's wakes
    std::unique_ptr<broker::deliver::Lane> lane;
    std::function<void(const spool::Digest&)> before_open_blob;  ///< may throw; set before start
    /// Makes the lane's senders out of the real ones; set before start.
    std::function<broker::deliver::MakeSender(broker::deliver::MakeSender)> around_sender;
    broker::Committer committer;
    std::unique_ptr<WatchedBooks> books;
};

}  // namespace support
