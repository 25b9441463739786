/// Rules: what one configuration says about receiving, whole; exchanged as one when the configuration is read again.
///
/// A value, shared read-only by any thread. An association keeps the rules that it began with.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/config/config.h"
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

/// The configuration's word as the outbox has it.
outbox::OnNewVersion on_new_version(config::OnNewVersion wanted);

/// `ids` are the outbox's numbers of the configured destinations by name; a route to one that has none plans no job.
std::shared_ptr<const Rules> rules_of(const config::Config& config,
                                      const std::map<std::string, outbox::DestinationId>& ids);

/// Who calls: as it says, and from where.
struct Caller {
    std::string ae_title;
    std::string address;  ///< literal, without port
};

/// The first [[sender]] that fits, or null. Lives as long as the rules.
const config::Sender* sender_of(const Rules& rules, const Caller& caller);

}  // namespace broker::receive
