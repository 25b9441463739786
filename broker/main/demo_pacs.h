/// DemoPacs: a small storage SCP for the demo: it keeps what it is sent in a spool of its own, and counts.
///
/// `start` and `stop` from one thread; `received` from any.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>

#include "broker/receive/acceptor.h"
#include "spool/posix_disk.h"

namespace broker {

class DemoPacs {
public:
    /// Throws spool::Error.
    DemoPacs(const std::filesystem::path& folder, const Clock& clock);
    ~DemoPacs();

    /// On return it answers on `port`. Throws std::system_error.
    void start();
    void stop();
    std::uint16_t port() const { return acceptor_.ports().front(); }
    int received() const { return custody_.received; }

private:
    struct Custody : receive::Custody {
        outbox::Accepted take(spool::Linked linked, outbox::Receipt receipt) override;
        std::atomic<int> received = 0;
    };

    spool::PosixDisk disk_;
    spool::Spool spool_;
    Custody custody_;
    receive::SpaceWatch space_;
    receive::Statistics statistics_;
    receive::Acceptor acceptor_;
};

}  // namespace broker
