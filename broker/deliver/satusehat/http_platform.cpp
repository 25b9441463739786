// Token, request, judgement; and once more with another token where the first one was refused.
#include "broker/deliver/satusehat/http_platform.h"

#include <boost/json/serialize.hpp>
#include <stdexcept>
#include <utility>

#include "broker/config/secret.h"
#include "broker/deliver/satusehat/token.h"

namespace broker::deliver::satusehat {

namespace {

/// Enough that an upload which begins with it doesn't outlive it.
constexpr std::chrono::seconds token_margin{300};
/// Orders behind one accession number that are looked at; that there are more is seen.
constexpr const char* rows = "10";

http::Request request_to(http::Method method, http::Target target) {
    http::Request request;
    request.method = method;
    request.target = std::move(target);
    request.headers.add("Accept", "application/json");
    return request;
}

}  // namespace

HttpPlatform::HttpPlatform(HttpPlatformSettings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock), client_(settings_.server), tokens_(token_margin) {
    target(settings_.token_path);
    target(settings_.fhir_path);
}

http::Target HttpPlatform::target(const std::string& path) const {
    auto parsed = http::Target::parse(path);
    // Neither path nor query is told: an accession number may stand in it.
    if (!parsed) throw std::invalid_argument("a path of the destination cannot be asked for");
    return *std::move(parsed);
}

Heard HttpPlatform::search(std::string_view type, const Accession& accession) {
    const std::string query =
        "?identifier=" + search_token(settings_.organization, accession) + "&_sort=-_lastUpdated&_count=" + rows;
    auto request = request_to(http::Method::get, target(settings_.fhir_path + "/" + std::string(type) + query));
    return ask(Step::search, request);
}

Heard HttpPlatform::find_orders(const Accession& accession) {
    return search("ServiceRequest", accession);
}

Heard HttpPlatform::find_studies(const Accession& accession) {
    return search("ImagingStudy", accession);
}

Heard HttpPlatform::create_study(const boost::json::object& resource) {
    auto request = request_to(http::Method::post, target(settings_.fhir_path + "/ImagingStudy"));
    request.headers.add("Content-Type", "application/json");
    request.body = boost::json::serialize(resource);
    return ask(Step::create, request);
}

Heard HttpPlatform::replace_study(const std::string& id, const boost::json::object& resource) {
    auto request =
        request_to(http::Method::put, target(settings_.fhir_path + "/ImagingStudy/" + http::percent_encode(id)));
    request.headers.add("Content-Type", "application/json");
    boost::json::object body = resource;
    body["id"] = id;
    request.body = boost::json::serialize(body);
    request.is_repeatable = true;  // the same whole resource again
    return ask(Step::replace, request);
}

Heard HttpPlatform::ask(Step step, const http::Request& request) {
    for (bool is_second = false;; is_second = true) {
        const auto answer = tokens_.token([this] { return fetch_token(); }, clock_.monotonic(), interrupt_);
        if (const auto* refused = std::get_if<Heard>(&answer)) return *refused;
        const auto* token = std::get_if<http::Token>(&answer);
        if (token == nullptr) return Silence{false, "interrupted", {http::Fault::interrupted}};
        http::Request with_token = request;
        with_token.headers.add("Authorization", "Bearer " + token->value);
        Heard heard = perform(step, with_token);
        const auto* told = std::get_if<Told>(&heard);
        const bool is_refused = told != nullptr && told->judgement.answer == Answer::unauthorized;
        if (is_refused) tokens_.drop(token->generation);
        if (!is_refused || is_second) return heard;
    }
}

Heard HttpPlatform::perform(Step step, const http::Request& request) {
    auto outcome = client_.perform(request, interrupt_);
    if (const auto* failure = std::get_if<http::Failure>(&outcome))
        return Silence{failure->request_left, http::describe(*failure), *failure};
    auto& response = std::get<http::Response>(outcome);
    const std::string type(response.headers.find("Content-Type").value_or(""));
    Told told{judge(step, {response.status, type, response.body}), "",
              response.retry_after(std::chrono::system_clock::time_point(clock_.now().time_since_epoch()))};
    // What it promised before it had heard everything proves nothing.
    if (response.is_early && told.judgement.answer == Answer::as_promised)
        told.judgement.answer = Answer::not_as_promised;
    told.body = std::move(response.body);
    return told;
}

std::variant<http::Grant, Heard> HttpPlatform::fetch_token() {
    Credentials credentials;
    try {
        credentials = settings_.credentials();
    } catch (const config::SecretError&) {
        return Told{Judgement{Answer::no_credentials, 0, {}}, "", std::nullopt};
    }
    auto request = request_to(http::Method::post, target(settings_.token_path + "?grant_type=client_credentials"));
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = "client_id=" + http::percent_encode(credentials.client_id) +
                   "&client_secret=" + http::percent_encode(credentials.client_secret);
    request.is_repeatable = true;
    Heard heard = perform(Step::token, request);
    auto* told = std::get_if<Told>(&heard);
    if (told == nullptr || told->judgement.answer != Answer::as_promised) return heard;
    auto token = parse_token(told->body);
    told->body.clear();
    if (!token) return heard;  // judged as one: not met
    return http::Grant{std::move(token->value), token->expires_in};
}

}  // namespace broker::deliver::satusehat
