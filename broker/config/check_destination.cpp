/// Check: a destination by kind, and the names that it leads to.

#include <algorithm>

#include "broker/config/check_part.h"
#include "broker/config/loop.h"

namespace broker::config {

namespace {

void check_tls_pair(Reading& reading, const Path& table, const std::filesystem::path& certificate_file,
                    const std::filesystem::path& key_file) {
    if (certificate_file.empty() == key_file.empty()) return;
    require(reading, table, certificate_file.empty() ? "certificate_file" : "key_file",
            "a certificate needs its key, and the other way round");
}

void check_client_tls(Reading& reading, const Path& table, const Destination& destination) {
    if (!destination.tls) return;
    check_tls_pair(reading, table + ".tls", destination.tls->certificate_file, destination.tls->key_file);
    if (!destination.tls->pin.empty() && !destination.tls->pin.starts_with("sha256/"))
        reading.problem(table + ".tls.pin", "must be \"sha256/\" and the base64 of the certificate's fingerprint");
}

void check_dicom_destination(Reading& reading, const Path& table, const Config& config, const Destination& destination,
                             const std::set<std::string>& own_addresses) {
    require(reading, table, "host", "where the images go");
    require(reading, table, "port", "where the images go");
    require(reading, table, "ae_title", "how the destination is called");
    if (is_own_door(config, destination.host, destination.port, own_addresses))
        reading.problem(table + ".host", "with port " + std::to_string(destination.port) +
                                             " is this bridge itself; images would go round for ever");
}

void check_auth(Reading& reading, const Path& table, const std::optional<Auth>& auth) {
    if (!auth) return;
    auto needs = [&](const Secret& secret, const std::string& key) {
        if (secret == Secret{}) reading.problem(table, key + "_file or " + key + "_env is missing");
    };
    if (auth->kind == AuthKind::basic) {
        require(reading, table, "user", "basic authentication needs one");
        needs(auth->password, "password");
    } else if (auth->kind == AuthKind::bearer) {
        needs(auth->token, "token");
    } else {
        require(reading, table, "token_url", "oauth2 needs the address of the token");
        needs(auth->client_id, "client_id");
        needs(auth->client_secret, "client_secret");
    }
}

std::string host_of_url(std::string_view url) {
    std::string_view rest = url.substr(url.find("://") + 3);
    if (rest.starts_with('[')) return std::string{rest.substr(1, rest.find(']') - 1)};
    return std::string{rest.substr(0, rest.find_first_of(":/?"))};
}

/// What follows the host: no query, no fragment, nothing that a request line would break at, no slash at its end.
bool is_path(const std::string& text) {
    const auto is_fit = [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#' && c != '%'; };
    return text.size() > 1 && text.front() == '/' && text.back() != '/' && std::ranges::all_of(text, is_fit);
}

void check_webhook(Reading& reading, const Path& table, const Webhook& webhook) {
    require(reading, table, "url", "where the call goes");
    check_encrypted(reading, table + ".url", webhook.url);
    const bool has_password = webhook.password != Secret{};
    if (!webhook.user.empty() && !has_password)
        reading.problem(table, "password_file or password_env is missing, which user needs");
    if (webhook.user.empty() && has_password) require(reading, table, "user", "the password is for somebody");
    // RFC 7617, 2: what comes before the first colon is the user.
    if (webhook.user.find(':') != std::string::npos) reading.problem(table + ".user", "must not have a colon in it");
}

void check_satusehat(Reading& reading, const Path& table, const Destination& destination) {
    bool has_environment = reading.has(table + ".environment"), has_base_url = reading.has(table + ".base_url");
    if (has_environment == has_base_url)
        reading.problem(table,
                        has_environment
                            ? "give environment or base_url, not both"
                            : "environment is missing: \"dev\", \"staging\" or \"production\" (or base_url alone)");
    require(reading, table, "organization_id", "SATUSEHAT knows the hospital by it");
    if (destination.client_id == Secret{}) reading.problem(table, "client_id_file or client_id_env is missing");
    if (destination.client_secret == Secret{})
        reading.problem(table, "client_secret_file or client_secret_env is missing");
    if (destination.confirm == Confirm::commitment)
        reading.problem(table + ".confirm", "must be \"none\", or \"query\": each instance is read back (HEAD)");
    for (const auto& [key, url] :
         {std::pair{"base_url", &destination.base_url}, std::pair{"dicom_url", &destination.dicom_url}})
        if (!url->empty() && url->find_first_of("/?", url->find("://") + 3) != std::string::npos)
            reading.problem(table + "." + key,
                            "must be a server alone, without a path; fhir_path, dicom_path and "
                            "token_path have those");
    if (!destination.proxy.empty() && !destination.proxy.starts_with("http://"))
        reading.problem(table + ".proxy", "must be http://: it is asked to CONNECT, and TLS goes through it");
    const auto is_visible = [](char c) { return c > ' ' && c < 0x7F; };
    if (destination.user_agent.empty() || !std::ranges::all_of(destination.user_agent, is_visible))
        reading.problem(table + ".user_agent", "must be one word of visible characters, such as \"DICOM-Bridge\"");
    check_encrypted(reading, table + ".base_url", destination.base_url);
    check_encrypted(reading, table + ".dicom_url", destination.dicom_url);
    if (destination.webhook) check_webhook(reading, table + ".webhook", *destination.webhook);
    for (const auto& [key, path] :
         {std::pair{"fhir_path", &destination.fhir_path}, std::pair{"dicom_path", &destination.dicom_path},
          std::pair{"token_path", &destination.token_path}})
        if (!is_path(*path)) reading.problem(table + "." + key, "must be a path such as \"/fhir-r4/v1\"");
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!destination.organization_id.empty() && !std::ranges::all_of(destination.organization_id, is_digit))
        reading.problem(table + ".organization_id", "must be the facility's number, such as \"100099901\"");
}

/// Files written among the bridge's own would be swept, or take for damage what is none.
void check_folder(Reading& reading, const Path& table, const Config& config, const Destination& destination) {
    require(reading, table, "path", "the folder that takes the files");
    if (destination.confirm != Confirm::none)
        reading.problem(table + ".confirm", "must be \"none\": a folder cannot be asked what it has");
    if (destination.path.empty()) return;
    auto inside = destination.path.lexically_relative(config.node.data_dir);
    if (!inside.empty() && *inside.begin() != "..")
        reading.problem(table + ".path", "must not be inside data_dir (" + config.node.data_dir.string() + ")");
}

/// What goes there in another's place goes with the other's edits, or with none.
void notice_edits(Reading& reading, const Path& key, const Config& config, const std::string& stand_in) {
    for (const route::Route& each : config.routes) {
        if (each.edits.empty() || std::ranges::find(each.to, stand_in) == each.to.end()) continue;
        reading.notice(key, "route \"" + each.name + "\" edits what goes to \"" + stand_in +
                                "\"; what goes there in place of this destination is not edited so");
        return;
    }
}

/// A registry that wants orders and studies takes no other destination's images, and none takes its place.
void check_failover(Reading& reading, const Path& table, const Config& config, const Destination& destination) {
    const Path key = table + ".failover";
    const std::vector<std::string> destinations = names_of(config.destinations);
    for (const std::string& name : destination.failover) {
        const Destination* other = config.destination(name);
        if (other == nullptr)
            reading.problem(key, or_nearest("there is no [[destination]] \"" + name + "\"", name, destinations));
        else if (name == destination.name)
            reading.problem(key, "names the destination itself");
        else if (other->kind == DestinationKind::satusehat)
            reading.problem(key, "\"" + name + "\" is of kind \"satusehat\", which stands in for nobody");
        else
            notice_edits(reading, key, config, name);
    }
    if (!destination.failover.empty() && destination.kind == DestinationKind::satusehat)
        reading.problem(key, "nobody can stand in for a destination of kind \"satusehat\"");
    if (destination.failover.empty() && reading.has(table + ".failover_after"))
        reading.notice(table + ".failover_after", "has no effect without failover");
}

}  // namespace

void check_encrypted(Reading& reading, const Path& path, const std::string& url) {
    if (!url.starts_with("http://")) return;
    std::string host = host_of_url(url);
    if (host != "localhost" && !route::is_loopback(host))
        reading.problem(path, "must be https://; http:// is only for loopback");
}

void check_destination(Reading& reading, const Path& table, const Config& config, const Destination& destination,
                       const std::set<std::string>& own_addresses) {
    check_client_tls(reading, table, destination);
    switch (destination.kind) {
        case DestinationKind::dicom:
            check_dicom_destination(reading, table, config, destination, own_addresses);
            break;
        case DestinationKind::dicomweb:
            require(reading, table, "url", "where the images go");
            check_auth(reading, table + ".auth", destination.auth);
            break;
        case DestinationKind::satusehat:
            check_satusehat(reading, table, destination);
            break;
        case DestinationKind::folder:
            check_folder(reading, table, config, destination);
            break;
    }
    check_bandwidth(reading, table + ".bandwidth", destination.bandwidth);
    const std::vector<std::string> uplinks = names_of(config.uplinks);
    if (!destination.uplink.empty() && !contains(uplinks, destination.uplink))
        reading.problem(table + ".uplink", or_nearest("there is no [[uplink]] \"" + destination.uplink + "\"",
                                                      destination.uplink, uplinks));
    check_failover(reading, table, config, destination);
}

}  // namespace broker::config
