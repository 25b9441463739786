/// Layout: the top of the file.
#include "broker/config/layout.h"
#include "broker/config/section.h"

namespace broker::config {

namespace {

/// The kind says which settings a destination has, so it is looked at before the others, wherever it stands.
const Layout<Destination>& layout_of_destination(const toml::table* table, const Destination& destination) {
    const toml::node* kind = table ? table->get("kind") : nullptr;
    std::optional<DestinationKind> written = kind ? destination_kind().parse(*kind) : std::nullopt;
    return destination_layout(written.value_or(destination.kind));
}

/// What a [[destination]] can have, of whatever kind.
std::vector<std::string> keys_of_destinations() {
    std::vector<std::string> keys;
    for (DestinationKind kind :
         {DestinationKind::dicom, DestinationKind::dicomweb, DestinationKind::satusehat, DestinationKind::folder})
        for (std::string& key : all_keys_of(destination_layout(kind).fields))
            if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
    return keys;
}

const Layout<route::Route>& layout_of_route(const toml::table*, const route::Route&) {
    return route_layout();
}

}  // namespace

const std::vector<Section>& config_sections() {
    static const std::vector<Section> sections_of_file{
        section("node", &Config::node, node_fields()),
        section("dicom", &Config::dicom, dicom_fields()),
        sections("sender", &Config::senders, sender_fields()),
        section("http", &Config::http, http_fields()),
        section("spool", &Config::spool, spool_fields()),
        section("retention", &Config::retention, retention_fields()),
        section("preview", &Config::preview, preview_fields()),
        section("delivery", &Config::delivery, delivery_fields()),
        section("janitor", &Config::janitor, janitor_fields()),
        section("worker", &Config::worker, worker_fields()),
        sections("uplink", &Config::uplinks, uplink_fields()),
        sections<Destination>("destination", &Config::destinations, layout_of_destination, keys_of_destinations()),
        sections<route::Route>("route", &Config::routes, layout_of_route, all_keys_of(route_layout().fields)),
        section("alarm", &Config::alarm, alarm_fields()),
        sections("notify", &Config::notify, notify_fields()),
        section("heartbeat", &Config::heartbeat, heartbeat_fields()),
    };
    return sections_of_file;
}

const Layout<Config>& config_layout() {
    static const Layout<Config> layout = [] {
        Layout<Config> made;
        for (const Section& each : config_sections()) made.fields.push_back(each.field);
        return made;
    }();
    return layout;
}

}  // namespace broker::config
