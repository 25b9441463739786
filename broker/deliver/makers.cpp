// One case per kind.
#include "broker/deliver/makers.h"

#include "broker/config/secret.h"
#include "broker/deliver/dicom/dicom_asker.h"
#include "broker/deliver/dicom/dicom_sender.h"
#include "broker/deliver/folder/folder_sender.h"
#include "broker/deliver/lane_log.h"
#include "broker/deliver/satusehat/outbox_study_books.h"
#include "broker/deliver/satusehat/platform_settings.h"
#include "broker/deliver/satusehat/study_registering.h"
#include "broker/deliver/satusehat/upload_sender.h"
#include "spool/error.h"

namespace broker::deliver {

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

/// What the platform is told of an instance.
satusehat::ReadFacts facts_reader(ReadHeader read_header) {
    return [read_header = std::move(read_header), wanted = dicom::Wanted(satusehat::wanted_elements())](
               const outbox::StudyInstance& instance) -> std::variant<satusehat::InstanceFacts, satusehat::NoFacts> {
        try {
            const auto header = read_header(instance.digest, instance.transfer_syntax_uid, wanted);
            if (!header) return satusehat::NoFacts::unreadable;
            return satusehat::facts_of(*header);
        } catch (const spool::Error& error) {
            // Whatever isn't damage waits, and is tried again.
            const bool is_damage = blob_failure(error).happening == Happening::damaged;
            return is_damage ? satusehat::NoFacts::unreadable : satusehat::NoFacts::for_now;
        }
    };
}

Makers satusehat_makers(const config::Destination& destination, const config::Config& config,
                        const RegisteringParts& parts, std::vector<PaceLine> paces) {
    // Senders and registrar have one token, whoever needs it first.
    auto platform = satusehat::platform_settings(destination, config);
    auto store_options = satusehat::store_options(destination, config);
    for (http::Options* each : {&platform.server, &store_options})
        if (parts.heard_date)
            each->heard = [heard = parts.heard_date, server = each->origin.host()](const http::Response& response) {
                heard(server, response);
            };
    const auto session = std::make_shared<satusehat::Session>(std::move(platform), parts.clock);
    try {
        session->settings().credentials();
    } catch (const config::SecretError& error) {
        // The lane will be held for it; here it is said which one.
        log_error("secret_unreadable", destination.name, error.what());
    }
    auto store = std::make_shared<satusehat::Store>();
    store->session = session;
    store->client = std::make_shared<http::Client>(std::move(store_options));
    store->path = destination.dicom_path;
    store->is_multipart = destination.upload == config::Upload::multipart;
    store->reads_back = destination.confirm == config::Confirm::query;
    satusehat::target_of(store->path);
    Makers makers;
    makers.sender = [store = std::shared_ptr<const satusehat::Store>(std::move(store)), paces = std::move(paces)] {
        return std::make_unique<satusehat::UploadSender>(store, paces);
    };
    makers.registering = [session, settings = satusehat::registrar_settings(destination, config.delivery),
                          limits = config.delivery, &committer = parts.committer, database = parts.database,
                          read_facts = facts_reader(parts.read_header)](outbox::DestinationId id) {
        return std::make_unique<satusehat::StudyRegistering>(
            settings, session, std::make_unique<satusehat::OutboxStudyBooks>(committer, database, id), read_facts,
            limits);
    };
    return makers;
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

Makers makers_of(const config::Destination& destination, const config::Config& config, const RegisteringParts& parts,
                 std::vector<PaceLine> paces) {
    if (destination.kind == config::DestinationKind::satusehat)
        return satusehat_makers(destination, config, parts, std::move(paces));
    return {sender_maker(destination, config, std::move(paces)), asker_maker(destination, config), nullptr};
}

}  // namespace broker::deliver
