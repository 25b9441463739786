#include "broker/http/client.h"

#include <stdexcept>

#include "broker/http/ascii.h"
#include "broker/http/connect.h"
#include "broker/http/exchange.h"
#include "broker/http/pool.h"
#include "broker/http/request_head.h"

namespace broker::http {
namespace {

bool is_repeatable(const Request& request) {
    return request.is_repeatable || request.method == Method::get || request.method == Method::head;
}

void rewind(const Request& request) {
    if (const auto* source = std::get_if<BodySource*>(&request.body)) (*source)->rewind();
}

/// What a connection does that the server closed while it was kept.
bool was_dead(const Exchanged& exchanged) {
    const auto* failure = std::get_if<Failure>(&exchanged.outcome);
    return failure != nullptr && failure->fault == Fault::lost && !exchanged.response_has_begun;
}

/// Each side has all that the other one said.
bool is_over_for_both(const Exchanged& exchanged) {
    const auto* response = std::get_if<Response>(&exchanged.outcome);
    return response != nullptr && !response->is_early;
}

}  // namespace

Client::Client(Options options)
    : options_(std::move(options)),
      pool_(std::make_unique<Pool>(options_.kept_connections_max, options_.kept_connection_for)) {
    if (options_.proxy && options_.proxy->is_https()) throw std::invalid_argument("a proxy is asked over http only");
    if (!is_field_value(options_.user_agent)) throw std::invalid_argument("a user agent holds a control character");
    if (options_.least_rate == 0) throw std::invalid_argument("the least rate is no rate");
    if (options_.origin.is_https())
        tls_ = std::make_unique<const dicom::TlsClient>(
            options_.tls_files,
            dicom::TlsClient::Peer{options_.origin.host(), options_.tls_server_name, options_.tls_pin});
}

Client::~Client() = default;

std::variant<Response, Failure> Client::perform(const Request& request, const Interrupt& interrupt) {
    const std::string head = head_of(request, options_);
    if (interrupt.is_raised()) return Failure{.fault = Fault::interrupted};
    std::unique_ptr<Wire> wire = pool_->take(std::chrono::steady_clock::now());
    for (bool is_kept = wire != nullptr;; is_kept = false) {
        if (!is_kept) {
            auto connected = connect(options_, tls_.get(), interrupt);
            if (const auto* failure = std::get_if<Failure>(&connected)) return *failure;
            wire = std::move(std::get<std::unique_ptr<Wire>>(connected));
        }
        rewind(request);
        Exchanged exchanged = Exchange(*wire, request, head, options_, interrupt).run();
        if (is_kept && was_dead(exchanged) && is_repeatable(request)) continue;
        if (const auto* response = std::get_if<Response>(&exchanged.outcome); response != nullptr && options_.heard)
            options_.heard(*response);
        if (is_over_for_both(exchanged)) wire->part(true);
        if (exchanged.is_reusable) pool_->give(std::move(wire), std::chrono::steady_clock::now());
        return std::move(exchanged.outcome);
    }
}

void Client::close_kept() {
    pool_->close();
}

std::size_t Client::kept_count() const {
    return pool_->count();
}

}  // namespace broker::http
