// Asking rules beside the receiving pass.
#include "broker/ruling.h"

#include "broker/receive/custody.h"

namespace broker {

std::shared_ptr<const receive::Rules> rules_to_ask(const config::Config& config) {
    std::map<std::string, outbox::DestinationId> ids;
    for (const config::Destination& each : config.destinations) ids.emplace(each.name, outbox::DestinationId{});
    return receive::rules_of(config, ids);
}

route::Facts facts_of(const receive::Rules& rules, dicom::Header header, const Arrival& arrival) {
    route::Facts facts{std::move(header), arrival.calling_ae_title, arrival.called_ae_title, "", arrival.address};
    const auto* sender = receive::sender_of(rules, {arrival.calling_ae_title, arrival.address, {}, arrival.known_as});
    facts.sender = arrival.sender ? *arrival.sender : sender != nullptr ? sender->name : "";
    return facts;
}

bool came_from(const receive::Rules& rules, const std::string& destination, const Arrival& arrival) {
    const auto found = rules.destinations.find(destination);
    return found != rules.destinations.end() &&
           receive::is_origin(found->second, arrival.calling_ae_title, arrival.address);
}

}  // namespace broker
