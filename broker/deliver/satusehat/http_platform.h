/// HttpPlatform: the Platform over HTTP, with the one token that all of its calls share.
///
/// As Platform. The clock outlives it. The token and the credentials are in no text and no log.
#pragma once

#include <functional>
#include <string>

#include "broker/clock.h"
#include "broker/deliver/satusehat/platform.h"
#include "broker/http/client.h"
#include "broker/http/token_cache.h"

namespace broker::deliver::satusehat {

struct Credentials {
    std::string client_id, client_secret;
};

struct HttpPlatformSettings {
    http::Options server;  ///< of the token and of FHIR
    std::string token_path = "/oauth2/v1/accesstoken", fhir_path = "/fhir-r4/v1";
    std::string organization;
    /// Read anew for each token. What it throws comes out of the call that wanted the token.
    std::function<Credentials()> credentials;
};

class HttpPlatform : public Platform {
public:
    /// Throws as http::Client, and std::invalid_argument where a path is none.
    HttpPlatform(HttpPlatformSettings settings, const Clock& clock);

    Heard find_orders(const Accession& accession) override;
    Heard find_studies(const Accession& accession) override;
    Heard create_study(const boost::json::object& resource) override;
    Heard replace_study(const std::string& id, const boost::json::object& resource) override;

    /// Any thread: what waits now, and what is begun later, ends soon. For good.
    void interrupt() { interrupt_.raise(); }

private:
    /// For a token that was refused once, another one is fetched, once.
    Heard ask(Step step, const http::Request& request);
    Heard search(std::string_view type, const Accession& accession);
    Heard perform(Step step, const http::Request& request);
    std::variant<http::Grant, Heard> fetch_token();
    http::Target target(const std::string& path) const;

    const HttpPlatformSettings settings_;
    const Clock& clock_;
    http::Interrupt interrupt_;
    http::Client client_;
    http::TokenCache<Heard> tokens_;
};

}  // namespace broker::deliver::satusehat
