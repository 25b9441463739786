/// Lanes: one lane per configured destination, by name and by number, and their exchange for those of another
/// configuration.
///
/// Any thread, but `prepare` and `exchange`: one at a time. Spool, committer and clock outlive it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "broker/committer/committer.h"
#include "broker/config/config.h"
#include "broker/deliver/echoes.h"
#include "broker/deliver/lane.h"
#include "broker/deliver/makers.h"
#include "broker/deliver/stride.h"
#include "spool/spool.h"

namespace broker::deliver {

struct LanesParts {
    const Clock& clock;
    const spool::Spool& spool;
    Committer& committer;
    std::filesystem::path database;  ///< of the outbox
    worker::Transcoder* transcoder = nullptr;
    ReadHeader read_header = {};  ///< of destinations that register studies; may be empty where there are none
    HeardDate heard_date = {};    ///< may be empty
};

/// By destination: what is in the files that it names, so that a certificate that was renewed is seen.
using FileContents = std::map<std::string, spool::Digest, std::less<>>;
using DestinationIds = std::map<std::string, outbox::DestinationId>;

/// Lanes that an earlier exchange ended are not at their end yet: nothing was changed, try again later.
class StillEnding : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Lanes {
public:
    /// The destinations were configured in the outbox before. Throws outbox::Error when the database cannot be read,
    /// and as makers_of.
    Lanes(const config::Config& config, const LanesParts& parts, const FileContents& contents = {});
    ~Lanes();

    void start();
    /// These destinations have new or newly due jobs, or were paused or resumed. Doesn't block.
    void wake(std::span<const outbox::DestinationId> destinations);
    void wake(std::string_view destination);
    void wake_all();

    /// Asks the destination for a sign of life, beside its lane, as Echoes::ask. Nothing: there is no such destination.
    std::optional<Echo> echo(std::string_view destination);

    /// Whether the destination is used, left alone or tried. Nothing: there is no such destination.
    std::optional<Breaker::State> breaker(std::string_view destination) const;

    /// How fast the destination is delivered to. Nothing: there is no such destination.
    std::optional<Throughput> throughput(std::string_view destination) const;

    /// Instances that were delivered in each of the last minutes, oldest first, and how long each took from its claim
    /// until it was in the books, both since its lane began. Nothing: there is no such destination.
    std::optional<Rate::Recent> recent(std::string_view destination) const;
    std::optional<measure::Distribution> delivery_times(std::string_view destination) const;

    /// The lanes of another configuration: those that stay as they are, and new ones that are not at work yet.
    class Next;
    /// Builds what is new or changed, its certificates and its connection to the database included, and changes
    /// nothing but that a pace that stays may have a line for a new destination already. Throws as the constructor, and
    /// StillEnding.
    std::shared_ptr<Next> prepare(const config::Config& config, const FileContents& contents);
    /// From now on these are the lanes. Where nothing changed for a destination its lane isn't touched. The others end
    /// as by Lane::stop, side by side, each before the one that takes its place begins; the jobs that a removed one
    /// hands back are held. `ids`: the outbox's numbers of the destinations, which it knows by now. Waits for the ends
    /// until somewhat after the deadline; the names of those that are still ending, which they go on doing.
    std::vector<std::string> exchange(const std::shared_ptr<Next>& next, const DestinationIds& ids, Monotonic deadline);

    /// From now on no exchange waits for lanes that end. Doesn't block; `stop` must follow.
    void begin_stop();
    /// Stops all lanes together, as Lane::stop, and cuts short the echoes at once: whoever waits for one is answered.
    void stop(Monotonic deadline);

private:
    struct Place;
    struct Uplink;
    struct Ending;
    using Places = std::map<std::string, std::shared_ptr<Place>, std::less<>>;
    using Uplinks = std::map<std::string, std::shared_ptr<Uplink>, std::less<>>;

    std::shared_ptr<Place> find(std::string_view destination) const;
    std::vector<PaceLine> paces_of(const config::Destination& destination, const Uplinks& uplinks) const;
    Uplinks uplinks_for(const config::Config& config) const;
    std::shared_ptr<Place> make_place(const config::Destination& destination, const config::Config& config,
                                      const Uplinks& uplinks, const std::optional<spool::Digest>& contents) const;
    void complete(Place& place, outbox::DestinationId id) const;
    void begin(Place& place) const;
    void forget_ended();
    void end(Ending& ending, Monotonic deadline);
    void hold_handed_back() const;

    const Clock& clock_;
    const LanesParts parts_;
    Echoes echoes_;
    Uplinks uplinks_;  ///< of `prepare` and `exchange` alone

    mutable std::shared_mutex mutex_;  ///< guards the two below; never held while anything is waited for
    Places places_;                    ///< by name
    std::map<outbox::DestinationId, std::shared_ptr<Place>> by_id_;

    std::mutex endings_mutex_;  ///< guards all below
    std::condition_variable one_ended_;
    std::list<Ending> endings_;
    bool is_started_ = false, is_stopping_ = false;
};

}  // namespace broker::deliver
