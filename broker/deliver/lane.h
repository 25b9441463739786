/// Lane: everything that brings jobs to one destination: its workers, its workshop, its clerk, its asker, its gate.
///
/// Any thread. A lane never waits for another one, nor for the intake.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "broker/deliver/lane_asker.h"
#include "broker/deliver/lane_worker.h"
#include "broker/deliver/lane_workshop.h"

namespace broker::deliver {

/// What a lane is made of. Clock and books outlive it.
struct LaneParts {
    const Clock& clock;
    LaneBooks& books;
    MakeSender make_sender;
    OpenBlob open_blob;
    MakeAsker make_asker;                                ///< may be empty
    worker::Transcoder* transcoder = nullptr;            ///< null: nothing is sent in another transfer syntax
    std::unique_ptr<Registering> registering = nullptr;  ///< null: the destination wants no studies registered
};

class Lane {
public:
    Lane(config::Destination destination, const config::Delivery& delivery, LaneParts parts);
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// Begins with what is due. A destination that was failing or held is tried at once.
    void start();
    /// There may be new or newly due jobs, or an operator paused or resumed the destination. Doesn't block.
    void wake();

    /// From now on nothing is claimed. Doesn't block; `stop` must follow.
    void begin_stop();
    /// The instances in hand are finished, or, at `deadline`, cut short; what was claimed and not begun is handed back;
    /// every outcome is in the books on return, as far as they take it. Synchronous, idempotent, legal before start.
    /// A folder whose file system hangs (NFS, SMB) cannot be cut short: this then waits for it beyond the deadline.
    void stop(Monotonic deadline);
    /// The instances in hand end as if the network had failed: for a `stop` that another thread waits in. Doesn't
    /// block.
    void interrupt();

    const config::Destination& destination() const { return destination_; }
    Breaker::State breaker() const { return gate_.breaker(); }
    Throughput throughput() const { return clerk_.throughput(); }
    Rate::Recent recent() const { return clerk_.recent(); }
    measure::Distribution delivery_times() const { return clerk_.delivery_times(); }

private:
    void work(LaneWorker& worker);

    const config::Destination destination_;
    const config::Delivery delivery_;
    LaneParts parts_;
    Gate gate_;
    Clerk clerk_;
    LaneAsker asker_;
    LaneWorkshop workshop_;
    LaneStudies studies_;
    std::vector<std::unique_ptr<LaneWorker>> workers_;

    std::mutex mutex_;  ///< guards running_
    std::condition_variable ended_;
    std::size_t running_ = 0;

    std::vector<std::jthread> threads_;
};

}  // namespace broker::deliver
