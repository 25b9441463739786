/// LaneAsker: the thread of a lane that asks its destination about what is in doubt or to be confirmed.
///
/// Any thread may wake or stop it. It never delays a delivery: its associations are its own. A destination that is left
/// alone (breaker, pause) is not asked either; one that cannot be asked rests for a while, whatever waits.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

#include "broker/deliver/asker.h"
#include "broker/deliver/gate.h"
#include "broker/deliver/lane_books.h"
#include "broker/deliver/resolution.h"

namespace broker::deliver {

/// Null where the destination's kind has no way to be asked.
using MakeAsker = std::function<std::unique_ptr<Asker>()>;

class LaneAsker {
public:
    /// All of these outlive it. `make_asker` may be empty.
    LaneAsker(const config::Destination& destination, const config::Delivery& limits, const Clock& clock,
              LaneBooks& books, Gate& gate, const MakeAsker& make_asker);
    ~LaneAsker();

    void start();
    /// There may be something new to ask about.
    void wake();
    /// Doesn't block; nothing new is asked.
    void begin_stop();
    /// What is being asked ends as if the network had failed. Synchronous, idempotent, legal before start.
    void stop();

private:
    void run();
    void step(outbox::Instant now);
    void take(std::span<const outbox::DoubtfulJob> jobs, outbox::Instant now);
    void ask_query(std::span<const outbox::DoubtfulJob> jobs, outbox::Instant now);
    void ask_commitment(std::span<const outbox::DoubtfulJob> jobs, outbox::Instant now);
    void learn(Offer& offer, const Answers& answers, bool is_query);
    void rest_after(const Event& event, std::string_view what);
    outbox::Instant again_after(std::int64_t probe_count) const;
    std::shared_ptr<Asker> make();
    bool is_stopping() const;

    const config::Destination& destination_;
    const config::Delivery& limits_;
    const Clock& clock_;
    LaneBooks& books_;
    Gate& gate_;
    const MakeAsker& make_asker_;
    Offers offers_;
    Monotonic offers_learned_at_{};
    std::int64_t failures_ = 0;  ///< questions in a row that found nobody to ask
    std::mt19937_64 random_;

    mutable std::mutex mutex_;  ///< guards all below
    std::condition_variable changed_;
    bool is_woken_ = false, is_stopping_ = false;
    Monotonic rest_until_{}, look_at_{};
    std::shared_ptr<Asker> asker_;  ///< that is asking now

    std::jthread thread_;
};

}  // namespace broker::deliver
