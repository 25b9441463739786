/// Check: one function per relation, over values and the places of their keys.
#include "broker/config/check.h"

#include <map>

#include "broker/config/check_part.h"

namespace broker::config {

namespace {

/// Every table has a name, and none twice: jobs, history and people refer to it, and so do addresses of the API, in
/// which a segment of one or two dots means another place (RFC 3986 5.2.4).
template <class T>
void check_names(Reading& reading, const char* array, const std::vector<T>& items) {
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < items.size(); ++i) {
        Path table = item(array, i);
        require(reading, table, "name", "each [[" + std::string{array} + "]] needs one");
        if (items[i].name.empty() || !reading.has(table + ".name")) continue;
        if (items[i].name == "." || items[i].name == "..")
            reading.problem(table + ".name", "must not be \"" + items[i].name +
                                                 "\": no address of the API can name it; give it another one");
        auto [first, is_new] = seen.try_emplace(items[i].name, i);
        if (is_new) continue;
        const Reading::Place& place = reading.places().at(item(array, first->second) + ".name");
        reading.problem(table + ".name", "\"" + items[i].name + "\" is the name of another [[" + array + "]], in " +
                                             place.file + ":" + std::to_string(place.line));
    }
}

/// Without what changes nothing: "/srv/f/" is "/srv/f". Links are not followed: a network drive that hangs must hold
/// up neither `check` nor a start.
std::filesystem::path plain(const std::filesystem::path& path) {
    const std::filesystem::path normal = path.lexically_normal();
    return normal.has_filename() ? normal : normal.parent_path();
}

/// Two destinations in one folder would take each other's files for their own, or hold what differs.
void check_folders(Reading& reading, const Config& config) {
    std::map<std::filesystem::path, std::size_t> seen;
    for (std::size_t i = 0; i < config.destinations.size(); ++i) {
        const Destination& each = config.destinations[i];
        if (each.kind != DestinationKind::folder || each.path.empty()) continue;
        auto [first, is_new] = seen.try_emplace(plain(each.path), i);
        if (!is_new)
            reading.problem(item("destination", i) + ".path", "is the folder of [[destination]] \"" +
                                                                  config.destinations[first->second].name +
                                                                  "\", too; give each its own");
    }
}

void check_dicom(Reading& reading, const Config& config) {
    if (config.dicom.associations_per_address > config.dicom.max_associations &&
        reading.has("dicom.associations_per_address"))
        reading.problem("dicom.associations_per_address", "must not be more than max_associations");
    if (config.delivery.backoff_base > config.delivery.backoff_max)
        reading.problem("delivery.backoff_base", "must not be longer than backoff_max");
    if (config.delivery.breaker_base > config.delivery.breaker_max)
        reading.problem("delivery.breaker_base", "must not be longer than breaker_max");
}

/// The port of TLS takes no plain association, nor a page.
void check_tls_port(Reading& reading, const Config& config) {
    if (!config.dicom.tls) return;
    const std::uint16_t port = config.dicom.tls->port;
    const std::vector<std::uint16_t>& plain = config.dicom.port;
    const Path key = reading.has("dicom.tls.port") ? "dicom.tls.port" : "dicom.tls";
    if (port != 0 && std::find(plain.begin(), plain.end(), port) != plain.end())
        reading.problem(key, "port " + std::to_string(port) + " is a plain port of [dicom], too; give each its own");
    if (port != 0 && port == config.http.port && config.http.bind == config.dicom.bind)
        reading.problem(key, "port " + std::to_string(port) + " is that of [http], too; give each its own");
}

void check_server_tls(Reading& reading, const Path& table, const std::optional<ServerTls>& tls) {
    if (!tls) return;
    require(reading, table, "certificate_file", "without it nothing can be encrypted");
    require(reading, table, "key_file", "without it nothing can be encrypted");
}

/// An open page without a login must not be reachable from another machine.
void check_http(Reading& reading, const Config& config) {
    if (config.http.access == Access::open && !route::is_loopback(config.http.bind))
        reading.problem("http.access", "\"open\" needs no login and is allowed only on loopback; [http] bind is \"" +
                                           config.http.bind + "\"");
    bool same_address = config.http.bind == config.dicom.bind;
    bool same_port =
        std::find(config.dicom.port.begin(), config.dicom.port.end(), config.http.port) != config.dicom.port.end();
    if (same_address && same_port && config.http.port != 0)
        reading.problem("http.port", "is a port of [dicom], too; give each its own");
}

void check_spool(Reading& reading, const Config& config) {
    const auto* refuse = std::get_if<Percent>(&config.spool.refuse_below);
    const auto* warn = std::get_if<Percent>(&config.spool.warn_below);
    const auto* refuse_bytes = std::get_if<std::uint64_t>(&config.spool.refuse_below);
    const auto* warn_bytes = std::get_if<std::uint64_t>(&config.spool.warn_below);
    bool late =
        (refuse && warn && refuse->value > warn->value) || (refuse_bytes && warn_bytes && *refuse_bytes > *warn_bytes);
    if (late)
        reading.problem(reading.has("spool.warn_below") ? "spool.warn_below" : "spool.refuse_below",
                        "the warning must come before the refusal: warn_below must not be less than refuse_below");
}

/// "sha256/" and the base64 of 32 bytes.
bool is_pin(std::string_view text) {
    constexpr std::string_view prefix = "sha256/";
    constexpr std::size_t base64_size = 44;
    constexpr const char* base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    text.remove_prefix(prefix.size());
    return text.size() == base64_size && text.back() == '=' && text.find_first_not_of(base64) == base64_size - 1;
}

void check_sender_certificate(Reading& reading, const Path& table, const Config& config, const Sender& sender) {
    if (sender.certificate.empty()) return;
    const Path key = table + ".certificate";
    if (sender.certificate.starts_with("sha256/") && !is_pin(sender.certificate))
        reading.problem(key,
                        "must be \"sha256/\" and the base64 of the SHA-256 of the public key (44 signs), or a glob "
                        "on the certificate's subject");
    if (!config.dicom.tls || config.dicom.tls->ca_file.empty())
        reading.problem(key, "needs [dicom.tls] with a ca_file: nobody is asked for a certificate else");
}

/// Whether whoever fits `later` fits `earlier`, too, as far as that can be seen at once.
bool hides(const Sender& earlier, const Sender& later) {
    const bool has_title = earlier.ae_title.empty() || earlier.ae_title == later.ae_title;
    const bool is_inside = !later.address.empty() && later.address.find('/') == std::string::npos &&
                           !earlier.address.empty() && route::in_network(earlier.address, later.address);
    const bool has_address = earlier.address.empty() || earlier.address == later.address || is_inside;
    const bool has_certificate = earlier.certificate.empty() || earlier.certificate == later.certificate;
    return has_title && has_address && has_certificate;
}

void note_hidden_sender(Reading& reading, const Config& config, std::size_t at) {
    for (std::size_t i = 0; i < at; ++i) {
        if (!hides(config.senders[i], config.senders[at])) continue;
        return reading.notice(item("sender", at), "never fits: \"" + config.senders[i].name +
                                                      "\" stands before it and takes all of its associations");
    }
}

void check_senders(Reading& reading, const Config& config) {
    for (std::size_t i = 0; i < config.senders.size(); ++i) {
        Path table = item("sender", i);
        const Sender& sender = config.senders[i];
        const bool is_known_by_something =
            reading.has(table + ".ae_title") || reading.has(table + ".address") || reading.has(table + ".certificate");
        if (!is_known_by_something)
            reading.problem(table,
                            "ae_title is missing: a sender is known by its ae_title, its address, its certificate, or "
                            "several of them");
        if (reading.has(table + ".host"))
            require(reading, table, "port", "host needs the port of the scanner's commitment service");
        if (reading.has(table + ".port")) require(reading, table, "host", "port needs the host where it is");
        check_sender_certificate(reading, table, config, sender);
        note_hidden_sender(reading, config, i);
    }
    if (!config.dicom.accept_unknown_senders && config.senders.empty() && !reading.has("sender"))
        reading.problem("dicom.accept_unknown_senders",
                        "is false and there is no [[sender]], so every scanner would be refused");
}

void check_uplinks_and_notices(Reading& reading, const Config& config) {
    for (std::size_t i = 0; i < config.uplinks.size(); ++i) {
        require(reading, item("uplink", i), "bandwidth", "how much the link may carry");
        check_bandwidth(reading, item("uplink", i) + ".bandwidth", config.uplinks[i].bandwidth);
    }
    for (std::size_t i = 0; i < config.notify.size(); ++i) check_notify(reading, item("notify", i), config.notify[i]);
    if (config.heartbeat) check_heartbeat(reading, *config.heartbeat);
}

}  // namespace

void check(const Config& config, const std::set<std::string>& own_addresses, Reading& reading) {
    check_dicom(reading, config);
    check_server_tls(reading, "dicom.tls", config.dicom.tls);
    check_server_tls(reading, "http.tls", config.http.tls);
    check_tls_port(reading, config);
    check_http(reading, config);
    check_spool(reading, config);
    check_names(reading, "sender", config.senders);
    check_senders(reading, config);
    check_names(reading, "uplink", config.uplinks);
    check_uplinks_and_notices(reading, config);
    check_names(reading, "destination", config.destinations);
    for (std::size_t i = 0; i < config.destinations.size(); ++i)
        check_destination(reading, item("destination", i), config, config.destinations[i], own_addresses);
    check_folders(reading, config);
    check_names(reading, "route", config.routes);
    check_routes(reading, config);
}

}  // namespace broker::config
