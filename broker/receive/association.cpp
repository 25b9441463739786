#include "broker/receive/association.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "broker/dicom/commitment.h"
#include "broker/dicom/dcmtk_connection.h"
#include "broker/dicom/dcmtk_handles.h"

namespace broker::receive {
namespace {

constexpr int artim_s = 5;  // how long DCMTK waits for the peer to close after an abort or release, at most

/// The ARTIM timer's other duty (PS3.8 9.1.5), kept by the connection too, since a peer may send on without end.
void limit_closing(dicom::SocketControl& control, const config::Dicom& dicom) {
    const auto closing = std::min<config::Duration>(dicom.associate_timeout, std::chrono::seconds(artim_s));
    control.end_by(std::chrono::steady_clock::now() + closing);
}

outbox::Association record_of(const Arrival& arrival, const Rules& rules, outbox::Instant now) {
    outbox::Association record;
    record.serial = arrival.serial;
    record.calling_ae_title = arrival.request.calling_ae_title;
    record.called_ae_title = arrival.request.called_ae_title;
    record.address = arrival.address;
    record.tls_subject = arrival.certificate.subject;
    const config::Sender* sender = sender_of(rules, {record.calling_ae_title, record.address, arrival.certificate});
    if (sender != nullptr) record.sender = sender->name;
    record.opened_at = now;
    return record;
}

/// What the peer proposed for Storage Commitment; else the default, and no word of roles in the answer.
T_ASC_SC_ROLE role_of(const ProposedContext& context, const AssociateRequest& request) {
    if (context.abstract_syntax != dicom::storage_commitment_sop_class || !request.commitment_roles)
        return ASC_SC_ROLE_DEFAULT;
    const dicom::Roles& roles = *request.commitment_roles;
    if (roles.is_scu && roles.is_scp) return ASC_SC_ROLE_SCUSCP;
    return roles.is_scp ? ASC_SC_ROLE_SCP : ASC_SC_ROLE_SCU;
}

/// Tells DCMTK what was negotiated, and the peer by A-ASSOCIATE-AC.
bool acknowledge(T_ASC_Association& association, const AssociateRequest& request, const Contexts& contexts,
                 bool commits) {
    bool are_roles_answered = false;
    for (const ProposedContext& each : request.contexts) {
        const auto accepted = contexts.find(each.id);
        const T_ASC_SC_ROLE role =
            accepted == contexts.end() || are_roles_answered ? ASC_SC_ROLE_DEFAULT : role_of(each, request);
        // DCMTK answers roles per context, the standard once per abstract syntax (PS3.7 D.3.3.4.2).
        if (role != ASC_SC_ROLE_DEFAULT) are_roles_answered = true;
        const auto refusal = is_served(each.abstract_syntax, commits) ? ASC_P_TRANSFERSYNTAXESNOTSUPPORTED
                                                                      : ASC_P_ABSTRACTSYNTAXNOTSUPPORTED;
        const OFCondition done =
            accepted != contexts.end()
                ? ASC_acceptPresentationContext(association.params, each.id, accepted->second.transfer_syntax.c_str(),
                                                role, OFTrue)
                : ASC_refusePresentationContext(association.params, each.id, refusal);
        if (done.bad()) return false;
    }
    return ASC_acknowledgeAssociation(&association).good();
}

void end(T_ASC_Association& association, dicom::SocketControl& control, const config::Dicom& dicom, Next how) {
    limit_closing(control, dicom);
    if (how == Next::released) {
        ASC_acknowledgeRelease(&association);
        ASC_dropSCPAssociation(&association, artim_s);
    } else if (how == Next::abort) {
        ASC_abortAssociation(&association);
    }
}

std::string_view word(Next how) {
    switch (how) {
        case Next::released:
            return "released";
        case Next::abort:
            return "aborted_by_us";
        case Next::ended:
        case Next::message:
            break;
    }
    return "ended";
}

}  // namespace

dicom::SocketLimits socket_limits(const config::Dicom& dicom) {
    return {dicom.associate_timeout, dicom.min_rate.bytes_per_second, dicom.min_rate_window};
}

void serve_association(Arrival arrival, const std::shared_ptr<dicom::SocketControl>& control,
                       const Surroundings& surroundings, const std::shared_ptr<const Rules>& rules,
                       const PresentRules& present_rules) {
    const config::Dicom& dicom = rules->dicom;
    control->end_by(std::chrono::steady_clock::now() + dicom.associate_timeout);
    dicom::DcmtkAcceptorLayer layer(std::move(arrival.socket), control, canonical(arrival.request),
                                    std::move(arrival.tls));
    T_ASC_Network* made = nullptr;
    if (ASC_initializeNetwork(NET_ACCEPTOR, 0, artim_s, &made).bad())
        throw std::runtime_error("DCMTK's network layer gives no network");
    const dicom::Network network(made);
    ASC_setTransportLayer(network.get(), &layer, 0);

    // DCMTK takes 4 to 128 KiB.
    const auto max_pdu = std::clamp<std::uint64_t>(dicom.max_pdu, ASC_MINIMUMPDUSIZE, ASC_MAXIMUMPDUSIZE);
    T_ASC_Association* received = nullptr;
    const bool is_received =
        ASC_receiveAssociation(network.get(), &received, static_cast<long>(max_pdu), nullptr, nullptr).good();
    const dicom::AssociationHandle association(received);
    const bool commits = surroundings.desk != nullptr;
    Contexts contexts = negotiate(arrival.request.contexts, commits);
    const outbox::Association record = record_of(arrival, *rules, surroundings.clock.now());
    if (!is_received || !acknowledge(*association, arrival.request, contexts, commits)) {
        spdlog::warn("event=association_failed calling={} address={} association={} end={}",
                     log_word(record.calling_ae_title), record.address, record.serial, to_string(control->end()));
        return;
    }
    ++surroundings.statistics.associations;
    if (surroundings.seen) surroundings.seen({record.calling_ae_title, record.address, record.sender, ""});
    spdlog::info("event=association_opened calling={} called={} address={} association={} contexts={}/{}",
                 log_word(record.calling_ae_title), log_word(record.called_ae_title), record.address, record.serial,
                 contexts.size(), arrival.request.contexts.size());
    Conversation conversation(*association, *control, surroundings, present_rules, record, std::move(contexts),
                              {record.calling_ae_title, record.address, arrival.certificate});
    const Next how = conversation.serve();
    const auto why = control->end();
    end(*association, *control, dicom, how);
    spdlog::info("event=association_closed how={} end={} association={} bytes_in={}", word(how), to_string(why),
                 record.serial, control->bytes_in());
}

}  // namespace broker::receive
