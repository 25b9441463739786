/// LaneWorkshop: the thread of a lane that makes the other blobs that its jobs need, one after the other, while the
/// workers send what needs none.
///
/// Any thread. A job that it takes is set aside in the books (`being_prepared`) and due again when its blob is there. A
/// restart forgets what was set aside, and the jobs are due again. Start and stop from one thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "broker/clock.h"
#include "broker/config/config.h"
#include "broker/deliver/gate.h"
#include "broker/deliver/lane_books.h"
#include "broker/worker/transcoder.h"

namespace broker::deliver {

class LaneWorkshop {
public:
    /// All of these outlive it. `transcoder` may be null: then it can make nothing.
    LaneWorkshop(const config::Destination& destination, const config::Delivery& limits, const Clock& clock,
                 LaneBooks& books, Gate& gate, worker::Transcoder* transcoder);
    ~LaneWorkshop();

    /// What was set aside before is due again soon.
    void start();
    /// Doesn't block; nothing more is begun.
    void begin_stop();
    /// Waits for the blob in hand; whoever owns the transcoder stops it before. Synchronous, idempotent, legal before
    /// start.
    void stop();

    /// Whether the one transfer syntax can be made of the other.
    bool can(std::string_view from, std::string_view to) const;

    struct Order {
        outbox::DueJob job;               ///< whose edits are made, where those are due
        std::string transfer_syntax_uid;  ///< that is made otherwise
        bool is_needed = true;            ///< else the job goes as it is where that cannot be made, or not now
    };
    /// Takes over the first ones, as many as it has room for; those are set aside on return, unless they went on
    /// meanwhile. How many they were.
    std::size_t take(std::vector<Order> orders);

    /// It was to be compressed, and could not be.
    bool is_incompressible(const outbox::Digest& digest) const;

private:
    void run();
    bool take_back();
    worker::Made make(const Order& order);
    worker::Made try_to_make(const Order& order);
    void tell(const Order& order, worker::Made made);
    void fail(const Order& order, const worker::TranscodeFailure& failure);

    const config::Destination& destination_;
    const config::Delivery& limits_;
    const Clock& clock_;
    LaneBooks& books_;
    Gate& gate_;
    worker::Transcoder* const transcoder_;

    mutable std::mutex mutex_;  ///< guards all below
    std::condition_variable changed_;
    std::deque<Order> orders_;
    std::set<outbox::JobId> in_hand_;            ///< those of orders_, and the one that is being made
    std::deque<outbox::Digest> incompressible_;  ///< last first; at most suspects_max
    bool is_stopping_ = false;

    std::jthread thread_;
};

}  // namespace broker::deliver
