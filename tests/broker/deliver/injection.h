/// Injection: how each row of the classification is made to happen to a lane.
///
/// What the network does is done by a scripted destination; what this machine does to a folder, a socket or a TLS
/// context and no test can make it do is a fake event where a Sender answers, and says so.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/broker/deliver/rig.h"
#include "tests/support/storage_scp.h"

namespace support {

struct Stage;

/// What the lane's senders saw; any thread.
class Witness {
public:
    void saw(const broker::deliver::Event& event);
    std::vector<broker::deliver::Event> events() const;
    /// A sender that tells this witness, and fakes what the stage says. Both outlive it.
    broker::deliver::MakeSender around(const Stage& stage, broker::deliver::MakeSender real);

private:
    mutable std::mutex mutex_;  ///< guards events_
    std::vector<broker::deliver::Event> events_;
};

/// A destination with nothing wrong yet.
struct Stage {
    Stage();

    /// Every C-STORE is met with this.
    void on_store(StoreScript store);
    /// In the middle of a data set that is longer than what can lie between us.
    void in_the_middle(StoreScript store);
    /// The destination is a folder of this name below the ledger's.
    void folder(const std::string& name);

    StorageScp scp;
    Witness witness;
    Rig rig;
    Script script;
    std::size_t bytes = 2000;                                    ///< of the instance's data set
    std::optional<broker::deliver::Event> fake_open, fake_send;  ///< what the sender answers instead of doing it
    std::function<void(outbox::JobId)> before_start;             ///< once there is a job
};

struct Injection {
    std::string words;
    std::function<void(Stage&)> apply;
};

/// Nothing: nobody knows how to make this row happen.
std::optional<Injection> injection_for(const broker::deliver::Row& row);

}  // namespace support
