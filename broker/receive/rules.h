/// Rules: what one configuration says about receiving, whole; exchanged as one when the configuration is read again.
///
/// A value, shared read-only by any thread. An association is let in and negotiated by the rules that it began with;
/// each of its messages is served whole by those that were there when it came, so that no instance meets half of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "broker/config/config.h"
#include "broker/dicom/element_reader.h"
#include "broker/dicom/wanted.h"
#include "broker/route/route.h"
#include "outbox/receipt.h"

namespace broker::receive {

/// What planning a job needs to know of a destination.
struct KnownDestination {
    outbox::DestinationId id;
    outbox::OnNewVersion on_new_version = outbox::OnNewVersion::send;
    std::string ae_title, host;  ///< empty for kinds that have none
    config::Duration quiet{0};   ///< a job waits this long after its instance came
};

struct Rules {
    config::Dicom dicom;
    std::vector<config::Sender> senders;
    std::vector<route::Route> routes;
    std::map<std::string, KnownDestination> destinations;  ///< by name
    dicom::Wanted wanted;                                  ///< what the header scan reads
};

/// The rules as they are now. Any thread.
using PresentRules = std::function<std::shared_ptr<const Rules>()>;

/// How much of a header is read: while it is received, and whenever it is read again.
dicom::ScanLimits scan_limits(const config::Dicom& dicom);

/// The configuration's word as the outbox has it.
outbox::OnNewVersion on_new_version(config::OnNewVersion wanted);

KnownDestination known(const config::Destination& destination, outbox::DestinationId id);

/// What the header scan reads for routes that look at these: with them what every receipt tells.
dicom::Wanted wanted_with(std::set<dicom::TagPath> paths);

/// `ids` are the outbox's numbers of the configured destinations by name; a route to one that has none plans no job.
std::shared_ptr<const Rules> rules_of(const config::Config& config,
                                      const std::map<std::string, outbox::DestinationId>& ids);

/// What a peer showed under TLS, verified; both empty where it showed none.
struct PeerCertificate {
    std::string subject;  ///< RFC 4514
    std::string pin;      ///< "sha256/…" of its public key
};

/// Who calls: as it says, from where, and what it proved.
struct Caller {
    std::string ae_title;
    std::string address;                              ///< literal, without port
    std::optional<PeerCertificate> certificate = {};  ///< nothing: not at hand any more
    std::string known_as = {};                        ///< where it isn't: the [[sender]] that it was when it was
};

/// The first [[sender]] in the file that fits in all that it names, or null. Lives as long as the rules. One that names
/// a certificate fits nobody without: who called in plain showed none.
const config::Sender* sender_of(const Rules& rules, const Caller& caller);
const config::Sender* sender_of(std::span<const config::Sender> senders, const Caller& caller);

}  // namespace broker::receive
