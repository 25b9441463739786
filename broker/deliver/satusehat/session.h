/// Session: the one token that everything said to a platform carries, and requests that carry it.
///
/// Any thread, several at once; blocks. The clock outlives it. No function throws because of the network or a peer.
/// Logs what was answered, with the platform's id of the request. The token, the credentials and what was asked for are
/// in no text and no log.
#pragma once

#include <functional>
#include <string>
#include <variant>

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
    std::string organization = {};
    /// Read anew for each token. config::SecretError is `no_credentials`; anything else that it throws comes out of the
    /// call that wanted the token.
    std::function<Credentials()> credentials = {};
};

/// What is asked: how the log names it, and what a reply means to whoever asked. Without a name it isn't logged.
struct Asking {
    std::string_view what;
    std::function<Judgement(const Reply&)> judge;
};

class Session {
public:
    /// Throws as http::Client, and std::invalid_argument where a path is none.
    Session(HttpPlatformSettings settings, const Clock& clock);

    const HttpPlatformSettings& settings() const { return settings_; }
    /// Of the token and of FHIR.
    http::Client& server() { return client_; }

    /// Sends the request with the token; for a token that was refused once, another one is fetched, once.
    Heard ask(http::Client& client, const http::Request& request, const Asking& asking,
              const http::Interrupt& interrupt);
    /// Nothing: there is a token that hasn't expired. Else what came instead of one.
    std::optional<Heard> sign_in(const http::Interrupt& interrupt);

private:
    using Tokens = http::TokenCache<Heard>;

    Tokens::Answer token(const http::Interrupt& interrupt);
    Tokens::Fetched fetch_token(const http::Interrupt& interrupt);
    Heard perform(http::Client& client, const http::Request& request, const Asking& asking,
                  const http::Interrupt& interrupt);

    const HttpPlatformSettings settings_;
    const Clock& clock_;
    http::Client client_;
    Tokens tokens_;
};

/// The path of a request. Throws std::invalid_argument where it is none.
http::Target target_of(const std::string& path);

}  // namespace broker::deliver::satusehat
