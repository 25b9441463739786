// From the configuration to running lanes.
#include "broker/deliver/lanes.h"

#include "broker/deliver/dicom/dicom_asker.h"
#include "broker/deliver/dicom/dicom_sender.h"
#include "broker/deliver/folder/folder_sender.h"

namespace broker::deliver {

/// A destination with all that its lane needs.
struct Lanes::Place {
    MakeSender make_sender;
    std::unique_ptr<LaneBooks> books;
    std::unique_ptr<Lane> lane;
};

namespace {

std::shared_ptr<const dicom::TlsClient> tls_of(const config::Destination& destination) {
    if (!destination.tls) return nullptr;
    const config::ClientTls& tls = *destination.tls;
    return std::make_shared<const dicom::TlsClient>(dicom::TlsFiles{tls.certificate_file, tls.key_file, tls.ca_file},
                                                    dicom::TlsClient::Peer{destination.host, tls.server_name, tls.pin});
}

DicomPeer peer_of(const config::Destination& destination, const config::Config& config) {
    DicomPeer peer;
    peer.endpoint = {destination.host, destination.port, tls_of(destination)};
    peer.ae_title = destination.ae_title;
    peer.calling_ae_title = destination.calling_ae_title.empty() ? config.dicom.ae_title : destination.calling_ae_title;
    peer.calling_is_sender = destination.calling_is_sender;
    peer.timeouts = {config.delivery.connect_timeout, destination.timeout, config.delivery.release_timeout};
    peer.pdu_max = static_cast<std::uint32_t>(config.dicom.max_pdu);
    peer.commitment_max = config.dicom.max_commitment;
    return peer;
}

using Uplinks = std::map<std::string, std::shared_ptr<Pace>, std::less<>>;

/// Its own first, then that of its uplink, where it has a line beside the other destinations'.
std::vector<PaceLine> paces_of(const config::Destination& destination, const Uplinks& uplinks, const Clock& clock) {
    std::vector<std::shared_ptr<Pace>> paces;
    if (!destination.bandwidth.empty()) paces.push_back(std::make_shared<Pace>(clock, destination.bandwidth));
    if (!destination.uplink.empty()) paces.push_back(uplinks.at(destination.uplink));
    std::vector<PaceLine> lines;
    for (const auto& each : paces) lines.push_back({each, each->add_line()});
    return lines;
}

}  // namespace

MakeSender sender_maker(const config::Destination& destination, const config::Config& config,
                        std::vector<PaceLine> paces) {
    if (destination.kind == config::DestinationKind::folder)
        return [path = destination.path, paces] { return std::make_unique<FolderSender>(path, paces); };
    if (destination.kind != config::DestinationKind::dicom) return nullptr;
    DicomPeer peer = peer_of(destination, config);
    peer.paces = std::move(paces);
    return [peer] { return std::make_unique<DicomSender>(peer); };
}

MakeAsker asker_maker(const config::Destination& destination, const config::Config& config) {
    if (destination.kind != config::DestinationKind::dicom) return nullptr;
    return [peer = peer_of(destination, config)] { return std::make_unique<DicomAsker>(peer); };
}

Lanes::Lanes(const config::Config& config, const LanesParts& parts)
    : clock_(parts.clock), limits_(config.delivery), echoes_(parts.clock) {
    const outbox::Views views(parts.database);
    Uplinks uplinks;
    for (const config::Uplink& each : config.uplinks)
        uplinks[each.name] = std::make_shared<Pace>(clock_, each.bandwidth);
    for (const config::Destination& each : config.destinations) {
        auto make_sender = sender_maker(each, config, paces_of(each, uplinks, clock_));
        auto row = views.destination(each.name);
        if (!make_sender || !row) continue;
        auto place = std::make_unique<Place>();
        place->make_sender = make_sender;
        place->books = std::make_unique<OutboxBooks>(parts.committer, parts.database, row->id, each.name, limits_);
        auto open_blob = [&spool = parts.spool](const spool::Digest& digest) { return spool.open(digest); };
        place->lane = std::make_unique<Lane>(
            each, config.delivery,
            LaneParts{parts.clock, *place->books, make_sender, open_blob, asker_maker(each, config), parts.transcoder});
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

std::optional<Echo> Lanes::echo(std::string_view destination) {
    auto place = places_.find(destination);
    if (place == places_.end()) return std::nullopt;
    return echoes_.ask(place->first, place->second->make_sender());
}

std::optional<Throughput> Lanes::throughput(std::string_view destination) const {
    auto place = places_.find(destination);
    if (place == places_.end()) return std::nullopt;
    return place->second->lane->throughput();
}

void Lanes::stop(Monotonic deadline) {
    echoes_.stop();
    for (auto& [name, place] : places_) place->lane->begin_stop();
    for (auto& [name, place] : places_) place->lane->stop(deadline);
}

}  // namespace broker::deliver
