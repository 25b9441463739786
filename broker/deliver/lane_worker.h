/// LaneWorker: one thread of a lane: it opens a sender, claims jobs, sends them, and judges what came of it.
///
/// `run` is the thread; `interrupt` may come from any. What it shares with the lane's other workers is in LaneContext.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>

#include "broker/deliver/judgement.h"
#include "broker/deliver/lane_context.h"
#include "broker/deliver/lane_preparer.h"

namespace broker::deliver {

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
    std::vector<outbox::DueJob> edited_due(std::size_t limit);
    Registering::Look register_next(outbox::Instant now);
    void probe();
    void recheck();
    void idle(outbox::Instant now);

    Opening opening_for(std::span<const outbox::DueJob> due) const;
    Opening opening_for(const outbox::ClaimedJob& job) const;
    bool open(const Opening& opening);
    bool open_for(const outbox::ClaimedJob& job);
    void leave();

    bool make_ready(std::vector<outbox::DueJob> due);
    void claim(const std::vector<outbox::DueJob>& due);
    void deliver_batch();
    void deliver(const outbox::ClaimedJob& job);
    void fetch_ahead();
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
    LanePreparer preparer_;
    bool is_counted_ = false;               ///< among the gate's open associations
    std::deque<outbox::ClaimedJob> batch_;  ///< claimed, not begun
    Monotonic claimed_at_{};                ///< of that batch
    std::deque<Pair> recent_;               ///< sent last first; at most pairs_max
    bool is_recovery_owed_ = false;         ///< the gate knows of it, the books don't
    std::atomic<bool> is_interrupted_ = false;
    std::optional<Monotonic> horizon_checked_at_;
    std::mt19937_64 random_;
};

}  // namespace broker::deliver
