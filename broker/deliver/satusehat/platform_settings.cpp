// One host per environment; paths, organization and way are the configuration's.
#include "broker/deliver/satusehat/platform_settings.h"

#include <stdexcept>

#include "broker/config/secret.h"

namespace broker::deliver::satusehat {

namespace {

http::Url url_of(const std::string& text, const char* key) {
    auto url = http::Url::parse(text);
    if (!url) throw std::invalid_argument(std::string(key) + " cannot be used as the address of a server");
    return *std::move(url);
}

/// ../shared names them: satusehat.md, 2. Production has no ".dto.".
std::string base_url_of(const config::Destination& destination) {
    if (!destination.environment) return destination.base_url;
    switch (*destination.environment) {
        case config::Environment::dev:
            return "https://api-satusehat-dev.dto.kemkes.go.id";
        case config::Environment::staging:
            return "https://api-satusehat-stg.dto.kemkes.go.id";
        case config::Environment::production:
            return "https://api-satusehat.kemkes.go.id";
    }
    return destination.base_url;
}

http::Options options_to(http::Url origin, const config::Destination& destination, const config::Config& config) {
    http::Options options{std::move(origin)};
    if (!destination.proxy.empty()) options.proxy = url_of(destination.proxy, "proxy");
    if (destination.tls) {
        options.tls_files = {destination.tls->certificate_file, destination.tls->key_file, destination.tls->ca_file};
        options.tls_server_name = destination.tls->server_name;
        options.tls_pin = destination.tls->pin;
    }
    options.user_agent = destination.user_agent;
    options.connect_timeout = config.delivery.connect_timeout;
    options.idle_timeout = destination.timeout;
    // One per worker, and one for what registers studies.
    options.kept_connections_max = destination.parallel + 1;
    return options;
}

}  // namespace

HttpPlatformSettings platform_settings(const config::Destination& destination, const config::Config& config) {
    HttpPlatformSettings settings{options_to(url_of(base_url_of(destination), "base_url"), destination, config)};
    settings.token_path = destination.token_path;
    settings.fhir_path = destination.fhir_path;
    settings.organization = destination.organization_id;
    settings.credentials = [id = destination.client_id, secret = destination.client_secret] {
        return Credentials{config::read_secret(id, "client_id"), config::read_secret(secret, "client_secret")};
    };
    return settings;
}

http::Options store_options(const config::Destination& destination, const config::Config& config) {
    const std::string& own = destination.dicom_url;
    return options_to(url_of(own.empty() ? base_url_of(destination) : own, "dicom_url"), destination, config);
}

}  // namespace broker::deliver::satusehat
