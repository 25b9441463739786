/// LaneWorker: one thread of a lane: it opens a sender, claims jobs, sends them, and judges what came of it.
///
/// `run` is the thread; `interrupt` may come from any. What it shares with the lane's other workers is in LaneContext.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <variant>

#include "broker/config/config.h"
#include "broker/deliver/clerk.h"
#include "broker/deliver/gate.h"
#include "broker/deliver/judgement.h"
#include "broker/deliver/lane_books.h"
#include "broker/deliver/preparation.h"
#include "broker/deliver/sender.h"

namespace broker::deliver {

using MakeSender = std::function<std::unique_ptr<Sender>()>;
/// Throws spool::Error.
using OpenBlob = std::function<spool::Reader(const spool::Digest&)>;

/// What all workers of a lane use; it outlives them.
struct LaneContext {
    const config::Destination& destination;
    const config::Delivery& delivery;
    const Clock& clock;
    LaneBooks& books;
    Gate& gate;
    Clerk& clerk;
    const MakeSender& make_sender;
    const OpenBlob& open_blob;
    worker::Transcoder* transcoder;  ///< may be null
    std::mutex& preparing;           ///< held by the worker that makes blobs
};

class LaneWorker {
public:
    LaneWorker(const LaneContext& context, unsigned index);

    /// Until the gate says stop: then the instance in hand is finished, and what was claimed and not begun is handed
    /// back. Throws nothing.
    void run();
    /// The instance in hand ends as if the network had failed.
    void interrupt();

private:
    void step(Gate::Go go);
    void look();
    void probe();
    void recheck();
    void idle(outbox::Instant now);

    Opening opening_for(std::span<const outbox::DueJob> due) const;
    Opening opening_for(const outbox::ClaimedJob& job) const;
    bool open(const Opening& opening);
    void leave();

    /// In which transfer syntax another blob of the job is to be made, where one is.
    using Need = std::function<std::optional<std::string>(const outbox::DueJob&)>;
    bool prepare(std::vector<outbox::DueJob>& due, const Need& need, bool is_needed);
    void compress(std::vector<outbox::DueJob>& due);
    void decompress(std::vector<outbox::DueJob>& due);
    bool make(const outbox::DueJob& job, const std::string& transfer_syntax_uid, bool is_needed);
    std::variant<worker::Transcoded, worker::TranscodeFailure> try_to_make(const outbox::DueJob& job,
                                                                           const std::string& transfer_syntax_uid);
    bool can_prepare(const outbox::ClaimedJob& job) const;
    Takes taken() const;
    CanMake can_make() const;
    void claim(std::size_t due);
    void deliver_batch();
    void deliver(const outbox::ClaimedJob& job);
    Sent send(const outbox::ClaimedJob& job);
    void settle(const outbox::ClaimedJob& job, const Sent& sent);
    Ruling rule(const outbox::ClaimedJob& job, const Sent& sent, bool& is_trouble);
    void hand_back(const outbox::ClaimedJob& job);
    void hand_back_batch();
    void trouble(const Event& event, const Ruling& ruling, bool while_opening);
    void recovered();
    void remember(const Pair& pair);

    double jitter();
    Monotonic in(std::chrono::milliseconds wait) const;
    Monotonic at(outbox::Instant instant) const;

    const LaneContext context_;
    const unsigned index_;
    const Overrides overrides_;
    std::unique_ptr<Sender> sender_;
    bool is_counted_ = false;                    ///< among the gate's open associations
    std::deque<outbox::ClaimedJob> batch_;       ///< claimed, not begun
    std::deque<outbox::Digest> incompressible_;  ///< last first; sent as they are
    std::deque<Pair> recent_;                    ///< sent last first; at most pairs_max
    std::atomic<bool> is_interrupted_ = false;
    std::mt19937_64 random_;
};

}  // namespace broker::deliver
