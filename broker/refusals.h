/// Refusals: what was turned away at the door, written into the history, merged so that a flood cannot fill it.
///
/// Any thread notes; one thread of its own writes. The first refusal of a kind is written at once, those that follow
/// within the minute as one row with their number. Must not outlive the committer. Stop writes what is left.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "broker/clock.h"
#include "broker/committer/committer.h"

namespace broker {

/// Everything is safe to show: AE titles sanitized, no patient data.
struct Refusal {
    std::string reason;   ///< a stable word: "out_of_resources", "called_ae_title", …
    std::string address;  ///< of the peer
    std::string calling_ae_title, called_ae_title;
    std::string detail = {};  ///< a word more, or ""
    auto operator<=>(const Refusal&) const = default;
};

class Refusals {
public:
    /// `recorded`: how many the history has of earlier runs.
    Refusals(Committer& committer, const Clock& clock, std::int64_t recorded = 0);
    ~Refusals();

    void start();
    void stop();
    /// Returns at once; nothing is durable yet.
    void note(const Refusal& refusal);
    /// All until now, what is not written yet and what could not be written included.
    std::int64_t count() const { return count_; }

private:
    struct Tally {
        std::int64_t count = 0;  ///< not yet written
        Monotonic write_at;
    };

    void loop();
    void write(const Refusal& refusal, std::int64_t count);

    Committer& committer_;
    const Clock& clock_;
    std::atomic<std::int64_t> count_;

    std::mutex mutex_;  ///< guards the rest
    std::condition_variable noted_;
    std::map<Refusal, Tally> tallies_;
    bool is_stopping_ = false;
    std::jthread thread_;
};

}  // namespace broker
