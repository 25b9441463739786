/// Bridge: a listening Acceptor over a real spool and a custody that only remembers, for one test.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "broker/clock.h"
#include "broker/receive/acceptor.h"
#include "spool/posix_disk.h"
#include "spool/spool.h"
#include "tests/support/temp_folder.h"

namespace receive_test {

/// Wall time stands still; monotonic time is the machine's, which deadlines need.
class StillClock : public broker::Clock {
public:
    outbox::Instant now() const override { return outbox::Instant(std::chrono::milliseconds(1'768'435'200'000)); }
    broker::Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
};

/// Keeps the receipt.
class RememberingCustody : public broker::receive::Custody {
public:
    outbox::Accepted take(spool::Linked linked, outbox::Receipt receipt) override;

    std::vector<outbox::Receipt> receipts() const;
    std::function<void()> before;  ///< called first; may throw. Set it before the bridge starts.

private:
    mutable std::mutex mutex_;
    std::vector<outbox::Receipt> receipts_;
};

/// The real disk, until it is told to fail.
class FailingDisk : public spool::PosixDisk {
public:
    int open(const Place& place, Open how) override { return fail_open ? -fail_open : PosixDisk::open(place, how); }
    int sync_bytes(Handle file) override { return fail_sync ? -fail_sync : PosixDisk::sync_bytes(file); }
    int sync_folder(Handle folder) override {
        return fail_sync_folder ? -fail_sync_folder : PosixDisk::sync_folder(folder);
    }
    std::atomic<int> fail_open = 0, fail_sync = 0, fail_sync_folder = 0;  ///< an errno, or 0
};

class Bridge {
public:
    using Change = std::function<void(broker::config::Config&)>;
    explicit Bridge(const Change& change = {}, std::function<void()> before_custody = {},
                    broker::receive::CommitmentDesk* desk = nullptr);
    ~Bridge();

    std::uint16_t port() const { return acceptor->ports().front(); }
    std::vector<outbox::Receipt> receipts() const { return custody.receipts(); }
    std::vector<std::string> refusals() const;
    std::vector<broker::receive::Sighting> sightings() const;
    /// How often the spool was said to have failed.
    int storage_failures() const { return storage_failures_; }
    /// The data set bytes of what a receipt names, as the spool gives them back.
    std::string data_set(const outbox::Receipt& receipt) const;
    /// Files in the data folder that are blobs or could become some.
    std::size_t files() const;
    /// Waits, at most ten seconds.
    static bool eventually(const std::function<bool()>& holds);

    support::TempFolder folder;
    FailingDisk disk;
    spool::Spool spool{disk, folder.path()};
    StillClock clock;
    RememberingCustody custody;
    broker::receive::Statistics statistics;
    broker::config::Config config;
    std::unique_ptr<broker::receive::SpaceWatch> space;
    std::unique_ptr<broker::receive::Acceptor> acceptor;

private:
    std::atomic<int> storage_failures_ = 0;
    mutable std::mutex mutex_;  ///< guards what follows
    std::vector<std::string> refusals_;
    std::vector<broker::receive::Sighting> sightings_;
};

}  // namespace receive_test
