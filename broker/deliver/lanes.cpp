// From the configuration to running lanes.
#include "broker/deliver/lanes.h"

#include "broker/deliver/dicom/dicom_sender.h"
#include "broker/deliver/folder/folder_sender.h"

namespace broker::deliver {

/// A destination with all that its lane needs.
struct Lanes::Place {
    MakeSender make_sender;
    std::unique_ptr<LaneBooks> books;
    std::unique_ptr<Lane> lane;
};

MakeSender sender_maker(const config::Destination& destination, const config::Config& config) {
    if (destination.kind == config::DestinationKind::folder)
        return [path = destination.path] { return std::make_unique<FolderSender>(path); };
    if (destination.kind != config::DestinationKind::dicom) return nullptr;
    DicomPeer peer;
    peer.endpoint = {destination.host, destination.port};
    peer.ae_title = destination.ae_title;
    peer.calling_ae_title = destination.calling_ae_title.empty() ? config.dicom.ae_title : destination.calling_ae_title;
    peer.calling_is_sender = destination.calling_is_sender;
    peer.timeouts = {config.delivery.connect_timeout, destination.timeout, config.delivery.release_timeout};
    peer.pdu_max = static_cast<std::uint32_t>(config.dicom.max_pdu);
    return [peer] { return std::make_unique<DicomSender>(peer); };
}

Lanes::Lanes(const config::Config& config, const LanesParts& parts) : clock_(parts.clock) {
    const outbox::Views views(parts.database);
    for (const config::Destination& each : config.destinations) {
        auto make_sender = sender_maker(each, config);
        auto row = views.destination(each.name);
        if (!make_sender || !row) continue;
        auto place = std::make_unique<Place>();
        place->make_sender = make_sender;
        place->books = std::make_unique<OutboxBooks>(parts.committer, parts.database, row->id, each.name);
        auto open_blob = [&spool = parts.spool](const spool::Digest& digest) { return spool.open(digest); };
        place->lane = std::make_unique<Lane>(each, config.delivery,
                                             LaneParts{parts.clock, *place->books, make_sender, open_blob});
        by_id_[row->id] = place.get();
        places_[each.name] = std::move(place);
    }
}

Lanes::~Lanes() {
    stop(clock_.monotonic());
}

void Lanes::start() {
    for (auto& [name, place] : places_) place->lane->start();
}

void Lanes::wake(std::span<const outbox::DestinationId> destinations) {
    for (outbox::DestinationId each : destinations) {
        auto place = by_id_.find(each);
        if (place != by_id_.end()) place->second->lane->wake();
    }
}

void Lanes::wake(std::string_view destination) {
    auto place = places_.find(destination);
    if (place != places_.end()) place->second->lane->wake();
}

std::optional<Breaker::State> Lanes::breaker(std::string_view destination) const {
    auto place = places_.find(destination);
    if (place == places_.end()) return std::nullopt;
    return place->second->lane->breaker();
}

std::optional<Echo> Lanes::echo(std::string_view destination) const {
    auto place = places_.find(destination);
    if (place == places_.end()) return std::nullopt;
    const auto began = clock_.monotonic();
    auto sender = place->second->make_sender();
    auto failed = sender->open({});
    if (!failed) failed = sender->verify();
    sender->close();
    Echo echo;
    echo.is_alive = !failed;
    echo.text = failed ? explain(*failed, classify(*failed)) : "answers";
    echo.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - began);
    return echo;
}

void Lanes::stop(Monotonic deadline) {
    for (auto& [name, place] : places_) place->lane->begin_stop();
    for (auto& [name, place] : places_) place->lane->stop(deadline);
}

}  // namespace broker::deliver
