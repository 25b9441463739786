// Token, request, judgement; and once more with another token where the first one was refused.
#include "broker/deliver/satusehat/session.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "broker/config/secret.h"
#include "broker/deliver/satusehat/token.h"

namespace broker::deliver::satusehat {

namespace {

/// Enough that an upload which begins with it doesn't outlive it.
constexpr std::chrono::seconds token_margin{300};

const Silence interrupted{false, "interrupted", {http::Fault::interrupted}};

std::string request_id_of(const http::Response& response) {
    constexpr std::size_t characters_max = 64;
    const std::string id(response.headers.find("x-request-id").value_or(""));
    const auto is_fit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    };
    return id.size() <= characters_max && std::ranges::all_of(id, is_fit) ? id : "";
}

}  // namespace

http::Target target_of(const std::string& path) {
    auto parsed = http::Target::parse(path);
    // Neither path nor query is told: an accession number may stand in it.
    if (!parsed) throw std::invalid_argument("a path of the destination cannot be asked for");
    return *std::move(parsed);
}

Session::Session(HttpPlatformSettings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock), client_(settings_.server), tokens_(token_margin) {
    target_of(settings_.token_path);
    target_of(settings_.fhir_path);
}

Session::Tokens::Answer Session::token(const http::Interrupt& interrupt) {
    return tokens_.token([&] { return fetch_token(interrupt); }, clock_.monotonic(), interrupt);
}

std::optional<Heard> Session::sign_in(const http::Interrupt& interrupt) {
    const auto answer = token(interrupt);
    if (const auto* refused = std::get_if<Heard>(&answer)) return *refused;
    if (std::holds_alternative<http::Token>(answer)) return std::nullopt;
    return interrupted;
}

Heard Session::ask(http::Client& client, const http::Request& request, const Asking& asking,
                   const http::Interrupt& interrupt) {
    for (bool is_second = false;; is_second = true) {
        const auto answer = token(interrupt);
        if (const auto* refused = std::get_if<Heard>(&answer)) return *refused;
        const auto* token = std::get_if<http::Token>(&answer);
        if (token == nullptr) return interrupted;
        http::Request with_token = request;
        with_token.headers.add("Authorization", "Bearer " + token->value);
        Heard heard = perform(client, with_token, asking, interrupt);
        auto* told = std::get_if<Told>(&heard);
        // Words that echo the token are kept nowhere.
        if (told != nullptr && told->judgement.complaint.text.find(token->value) != std::string::npos)
            told->judgement.complaint.text.clear();
        const bool is_refused = told != nullptr && told->judgement.answer == Answer::unauthorized;
        if (is_refused) tokens_.drop(token->generation);
        if (!is_refused || is_second) return heard;
    }
}

Heard Session::perform(http::Client& client, const http::Request& request, const Asking& asking,
                       const http::Interrupt& interrupt) {
    auto outcome = client.perform(request, interrupt);
    if (const auto* failure = std::get_if<http::Failure>(&outcome))
        return Silence{failure->request_left, http::describe(*failure), *failure};
    auto& response = std::get<http::Response>(outcome);
    const std::string type(response.headers.find("Content-Type").value_or(""));
    Told told{asking.judge({response.status, type, response.body}), "",
              response.retry_after(std::chrono::system_clock::time_point(clock_.now().time_since_epoch())),
              request_id_of(response)};
    // What it promised before it had heard everything proves nothing.
    const bool is_promise = told.judgement.answer == Answer::as_promised || told.judgement.answer == Answer::stored;
    if (response.is_early && is_promise) told.judgement.answer = Answer::not_as_promised;
    if (!asking.what.empty())
        spdlog::info("event=platform_answered what={} status={} answer={} request_id={}", asking.what, response.status,
                     row_of(told.judgement.answer).word, told.request_id.empty() ? "none" : told.request_id);
    told.body = std::move(response.body);
    return told;
}

Session::Tokens::Fetched Session::fetch_token(const http::Interrupt& interrupt) {
    Credentials credentials;
    try {
        credentials = settings_.credentials();
    } catch (const config::SecretError&) {
        return Told{Judgement{Answer::no_credentials, 0, {}}, "", std::nullopt};
    }
    http::Request request;
    request.method = http::Method::post;
    request.target = target_of(settings_.token_path + "?grant_type=client_credentials");
    request.headers.add("Accept", "application/json");
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = "client_id=" + http::percent_encode(credentials.client_id) +
                   "&client_secret=" + http::percent_encode(credentials.client_secret);
    request.is_repeatable = true;
    const Asking asking{"token", [](const Reply& reply) { return judge(Step::token, reply); }};
    Heard heard = perform(client_, request, asking, interrupt);
    auto* told = std::get_if<Told>(&heard);
    if (told == nullptr || told->judgement.answer != Answer::as_promised) return heard;
    auto token = parse_token(told->body);
    told->body.clear();
    if (!token) return heard;  // judged as one: not met
    return http::Grant{std::move(token->value), token->expires_in};
}

}  // namespace broker::deliver::satusehat
