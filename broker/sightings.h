/// Sightings: who was at the door, remembered in the outbox, merged so that a flood costs few writes.
///
/// Any thread notes; one thread of its own writes. The first sighting of a pair of AE title and address is written at
/// once, those that follow within the minute together. Must not outlive the committer. Stop writes what is left.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "broker/clock.h"
#include "broker/committer/committer.h"
#include "broker/receive/seen.h"

namespace broker {

class Sightings {
public:
    Sightings(Committer& committer, const Clock& clock);
    ~Sightings();

    void start();
    void stop();
    /// Returns at once; nothing is durable yet. Of more than `visitors_max` within a minute few of the others are
    /// remembered: the history has those that were refused.
    void note(const receive::Sighting& sighting);

    static constexpr std::size_t visitors_max = 500;

private:
    struct Tally {
        outbox::Visitor visitor;
        bool is_news = false;  ///< not yet written
        Monotonic write_at;
    };

    bool make_room();
    void loop();
    std::vector<outbox::Visitor> take_due(Monotonic now, Monotonic& next);
    void write(const std::vector<outbox::Visitor>& visitors);

    Committer& committer_;
    const Clock& clock_;

    std::mutex mutex_;  ///< guards the rest
    std::condition_variable noted_;
    std::map<std::pair<std::string, std::string>, Tally> tallies_;  ///< by AE title and address
    Monotonic room_made_at_{};                                      ///< when one last gave way to a new one
    bool is_stopping_ = false;
    std::jthread thread_;
};

}  // namespace broker
