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

}  // namespace

const Layout<Config>& config_layout() {
    static const Layout<Config> layout{
        {
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
            sections<Destination>("destination", &Config::destinations, layout_of_destination),
            sections<route::Route>(
                "route", &Config::routes,
                [](const toml::table*, const route::Route&) -> const Layout<route::Route>& { return route_layout(); }),
            section("alarm", &Config::alarm, alarm_fields()),
            sections("notify", &Config::notify, notify_fields()),
            section("heartbeat", &Config::heartbeat, heartbeat_fields()),
        },
        {}};
    return layout;
}

}  // namespace broker::config
