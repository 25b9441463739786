// From the configuration, and from rows by AE title and address.
#include "broker/alarm/whereabouts.h"

#include <algorithm>
#include <array>
#include <map>

#include "broker/http/url.h"
#include "broker/receive/rules.h"
#include "broker/route/network.h"

namespace broker::alarm {

namespace {

constexpr std::array inside_networks{"10.0.0.0/8",    "172.16.0.0/12",  "192.168.0.0/16",
                                     "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
                                     "fc00::/7",      "fe80::/10",      "::1"};
constexpr std::array inside_domains{".local", ".lan", ".internal", ".localdomain", ".home.arpa", ".localhost"};

/// Where its data goes: "" for a folder.
std::string host_of(const config::Destination& destination) {
    const auto of_url = [](const std::string& text) {
        const auto url = http::Url::parse(text);
        return url ? url->host() : std::string();
    };
    switch (destination.kind) {
        case config::DestinationKind::dicom:
            return destination.host;
        case config::DestinationKind::dicomweb:
            return of_url(destination.url);
        case config::DestinationKind::satusehat:
            // Each environment is one of the ministry's.
            return destination.environment ? "satusehat.kemkes.go.id" : of_url(destination.base_url);
        case config::DestinationKind::folder:
            break;
    }
    return "";
}

}  // namespace

bool is_outside(std::string_view host) {
    if (host.empty()) return false;
    if (route::is_network(host))
        return std::none_of(inside_networks.begin(), inside_networks.end(),
                            [&](const char* network) { return route::in_network(network, host); });
    if (host.find('.') == std::string_view::npos) return false;
    return std::none_of(inside_domains.begin(), inside_domains.end(),
                        [&](const char* domain) { return host.ends_with(domain); });
}

std::vector<Whereabouts> whereabouts(const config::Config& config) {
    std::vector<Whereabouts> places;
    for (const config::Destination& each : config.destinations)
        places.push_back({each.name, each.uplink, is_outside(host_of(each))});
    return places;
}

std::vector<Bringer> bringers(std::span<const outbox::SenderView> senders, const std::vector<config::Sender>& named) {
    std::map<std::pair<std::string, bool>, Bringer> found;
    for (const outbox::SenderView& each : senders) {
        if (!each.last_received_at) continue;
        const auto* fits = receive::sender_of(named, {each.calling_ae_title, each.address, {}, each.name});
        const std::string& name = fits != nullptr ? fits->name : each.calling_ae_title;
        const Bringer row{name, fits != nullptr, each.first_seen_at, *each.last_received_at, each.day_count};
        const auto [there, is_new] = found.try_emplace({name, fits != nullptr}, row);
        if (is_new) continue;
        Bringer& whole = there->second;
        whole.first_seen_at = std::min(whole.first_seen_at, row.first_seen_at);
        whole.last_received_at = std::max(whole.last_received_at, row.last_received_at);
        // Days may be the same ones: the most that is certain.
        whole.day_count = std::max(whole.day_count, row.day_count);
    }
    std::vector<Bringer> all;
    for (auto& [key, each] : found) all.push_back(std::move(each));
    return all;
}

}  // namespace broker::alarm
