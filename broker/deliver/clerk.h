/// Clerk: the thread that brings a lane's outcomes into the books, so that no outcome waits for the next instance.
///
/// Any thread may give and ask. What is given goes down with all that waits, in one commit, as soon as the one before
/// is done. A full disk is waited out: an outcome that is known must not become uncertain.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "broker/deliver/lane_books.h"
#include "broker/deliver/rate.h"
#include "outbox/measure/histogram.h"

namespace broker::deliver {

class Clerk {
public:
    /// `moved` is called on the clerk's thread after a commit that gave jobs a new instant to be sent or asked about.
    Clerk(LaneBooks& books, const Clock& clock, std::string destination, std::function<void()> moved);
    ~Clerk();

    void start();
    void give(Entry entry);
    /// How fast deliveries came into the books.
    Throughput throughput() const;
    Rate::Recent recent() const;
    /// How long each delivery took from its claim until it was in the books.
    measure::Distribution delivery_times() const { return delivery_times_.read(); }
    /// Waits until all that was given so far is in the books, or never will be. Without start: at once.
    void flush();
    /// Brings in what waits, as far as the books take it at once, then ends the thread. Synchronous, idempotent, legal
    /// before start.
    void stop();

private:
    void run();
    bool settle(const std::vector<Entry>& entries);
    void count(const std::vector<Entry>& entries);

    LaneBooks& books_;
    const Clock& clock_;
    const std::string destination_;
    const std::function<void()> moved_;

    measure::Histogram delivery_times_;

    mutable std::mutex mutex_;  ///< guards all below
    std::condition_variable changed_;
    std::vector<Entry> waiting_;
    Rate rate_;
    bool is_busy_ = false;
    bool is_stopping_ = false;

    std::jthread thread_;
};

}  // namespace broker::deliver
