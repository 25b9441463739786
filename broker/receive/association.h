/// One inbound association from its checked request to its end, on a thread of its own.
#pragma once

#include <memory>
#include <string>

#include "broker/dicom/descriptor.h"
#include "broker/dicom/socket_control.h"
#include "broker/dicom/tls_session.h"
#include "broker/receive/associate_request.h"
#include "broker/receive/conversation.h"

namespace broker::receive {

/// A peer that is let in.
struct Arrival {
    dicom::Descriptor socket;
    AssociateRequest request;
    std::string address;
    std::int64_t serial = 0;
    std::unique_ptr<dicom::TlsSession> tls = {};  ///< its handshake is done; null: plain
    PeerCertificate certificate = {};             ///< of the peer, where it showed one
};

/// Negotiates by `rules`, serves by the present ones and ends the association; returns when its socket is closed.
/// Throws what is no matter of this one peer (no memory, a bug); then the socket is closed, too.
void serve_association(Arrival arrival, const std::shared_ptr<dicom::SocketControl>& control,
                       const Surroundings& surroundings, const std::shared_ptr<const Rules>& rules,
                       const PresentRules& present_rules);

/// The limits of its connection while it is being negotiated.
dicom::SocketLimits socket_limits(const config::Dicom& dicom);

}  // namespace broker::receive
