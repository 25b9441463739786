/// AssociationPool: the threads of the inbound associations, at most so many, each with its SocketControl.
///
/// Any thread. `stop` is synchronous and idempotent; the destructor stops at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "broker/dicom/socket_control.h"

namespace broker::receive {

class AssociationPool {
public:
    /// What an association's thread does. Must not throw.
    using Work = std::function<void(const std::shared_ptr<dicom::SocketControl>&)>;

    struct Room {
        std::string address;  ///< of the peer
        std::size_t max = 64, max_per_address = 64;
    };

    ~AssociationPool();

    /// Runs `work` on a thread of its own. False, and `work` is not kept, when there is no room, no thread to be had,
    /// or the pool was stopped.
    bool start(const Room& room, const dicom::SocketLimits& limits, Work work);

    std::size_t count() const;

    /// Takes no more work; each association ends when its instance in hand is done, and what isn't done `within` this
    /// time is cut off. On return no thread is left.
    void stop(std::chrono::milliseconds within);

private:
    struct Running {
        std::string address;
        std::shared_ptr<dicom::SocketControl> control;
        std::thread thread;
    };
    using Place = std::list<Running>::iterator;

    void finished(Place place);
    static void join(std::list<Running>& finished);

    mutable std::mutex mutex_;  ///< guards what follows
    std::condition_variable one_finished_;
    std::list<Running> running_;
    std::list<Running> finished_;  ///< threads that have nothing left to do, to be joined
    bool is_stopped_ = false;
};

}  // namespace broker::receive
