/// Lanes: one lane per configured destination, by name and by number.
///
/// Any thread. Spool, committer and clock outlive it. The destinations were configured in the outbox before.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "broker/committer/committer.h"
#include "broker/config/config.h"
#include "broker/deliver/echoes.h"
#include "broker/deliver/lane.h"
#include "broker/deliver/stride.h"
#include "spool/spool.h"

namespace broker::deliver {

struct LanesParts {
    const Clock& clock;
    const spool::Spool& spool;
    Committer& committer;
    std::filesystem::path database;  ///< of the outbox
    worker::Transcoder* transcoder = nullptr;
};

class Lanes {
public:
    /// Throws outbox::Error when the database cannot be read, dicom::TlsError when a destination's certificates cannot.
    Lanes(const config::Config& config, const LanesParts& parts);
    ~Lanes();

    void start();
    /// These destinations have new or newly due jobs, or were paused or resumed. Doesn't block.
    void wake(std::span<const outbox::DestinationId> destinations);
    void wake(std::string_view destination);

    /// Asks the destination for a sign of life, beside its lane, as Echoes::ask. Nothing: there is no such destination.
    std::optional<Echo> echo(std::string_view destination);

    /// Whether the destination is used, left alone or tried. Nothing: there is no such destination.
    std::optional<Breaker::State> breaker(std::string_view destination) const;

    /// How fast the destination is delivered to. Nothing: there is no such destination.
    std::optional<Throughput> throughput(std::string_view destination) const;

    /// Stops all lanes together, as Lane::stop, and cuts short the echoes at once: whoever waits for one is answered.
    void stop(Monotonic deadline);

private:
    struct Place;

    const Clock& clock_;
    const config::Delivery limits_;
    Echoes echoes_;
    std::map<std::string, std::unique_ptr<Place>, std::less<>> places_;  ///< by name; fixed after the constructor
    std::map<outbox::DestinationId, Place*> by_id_;
};

/// An asker of the destination's kind; null for a kind that cannot be asked.
MakeAsker asker_maker(const config::Destination& destination, const config::Config& config);

/// A sender of the destination's kind, which keeps to the paces; null for a kind that has none.
MakeSender sender_maker(const config::Destination& destination, const config::Config& config,
                        std::vector<PaceLine> paces = {});

}  // namespace broker::deliver
