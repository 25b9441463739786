// Only 2xx is taken.
#include "broker/json_call.h"

namespace broker {

namespace {

/// What the next call would meet as well, whatever it tells.
bool is_of_the_server(unsigned status) {
    switch (status) {
        case 401:
        case 403:
        case 408:
        case 429:
        case 502:
        case 503:
        case 504:
            return true;
        default:
            return status >= 300 && status < 400;
    }
}

}  // namespace

Tried call(http::Client& client, const JsonCall& call, const http::Interrupt& interrupt, outbox::Instant now) {
    http::Request request;
    request.method = http::Method::post;
    request.target = call.target;
    request.headers.add("Content-Type", "application/json");
    if (!call.idempotency_key.empty()) request.headers.add("Idempotency-Key", call.idempotency_key);
    if (!call.authorization.empty()) request.headers.add("Authorization", call.authorization);
    request.body = call.body;
    request.is_repeatable = true;
    const auto outcome = client.perform(request, interrupt);
    if (const auto* failure = std::get_if<http::Failure>(&outcome)) {
        if (failure->fault == http::Fault::interrupted) return {};
        return {Tried::What::no_use, std::nullopt, http::describe(*failure), std::nullopt};
    }
    const auto& response = std::get<http::Response>(outcome);
    const auto status = static_cast<std::int32_t>(response.status);
    const std::string shown = "HTTP " + std::to_string(response.status);
    const bool is_success = response.status >= 200 && response.status < 300;
    if (is_success && response.is_early)
        return {Tried::What::refused, status, shown + ", before it had heard everything", std::nullopt};
    if (is_success) return {Tried::What::taken, status, {}, std::nullopt};
    return {is_of_the_server(response.status) ? Tried::What::no_use : Tried::What::refused, status, shown,
            response.retry_after(std::chrono::system_clock::time_point(now.time_since_epoch()))};
}

}  // namespace broker
