#include "broker/http/response_reader.h"

#include <cassert>

namespace broker::http {

using State = ResponseReader::State;

State ResponseReader::fail(Fault fault, const char* detail) {
    failure_ = Failure{.fault = fault, .status = status(), .detail = detail};
    return state_ = State::failed;
}

State ResponseReader::put(std::string_view bytes) {
    if (!bytes.empty()) has_begun_ = true;
    // What follows a whole response is the server's fault, and must not become the answer to another request.
    if (state_ == State::complete && !bytes.empty()) is_alone_ = false;
    while (!bytes.empty() && state_ == State::head) take_head(bytes);
    if (state_ == State::body) take_body(bytes);
    return state_;
}

/// Adds to the head what can belong to it, which is never more than a limit's worth.
State ResponseReader::take_head(std::string_view& bytes) {
    const auto room = options_.response_header_bytes_max - pending_.size();
    const auto before = pending_.size();
    pending_.append(bytes.substr(0, room));
    const HeadScan scan = scan_head(pending_);
    if (*scan.fault != '\0') return fail(Fault::malformed, scan.fault);
    if (!scan.size) {
        if (pending_.size() == options_.response_header_bytes_max) return fail(Fault::too_large, "the header fields");
        bytes = {};
        return state_;
    }
    auto parsed = parse_head(std::string_view(pending_).substr(0, *scan.size), options_.response_header_fields_max);
    bytes.remove_prefix(*scan.size - before);
    pending_.clear();
    if (const auto* fault = std::get_if<const char*>(&parsed)) return fail(Fault::malformed, *fault);
    accept_head(std::move(std::get<ResponseHead>(parsed)));
    if (state_ == State::complete) return complete(bytes);
    return state_;
}

State ResponseReader::accept_head(ResponseHead head) {
    if (head.is_interim()) {
        if (head.status == 101) return fail(Fault::malformed, "another protocol, that nobody asked for");
        if (head.length || head.is_chunked) return fail(Fault::malformed, "an interim response with a body");
        if (++interim_count_ > options_.interim_responses_max) return fail(Fault::too_large, "interim responses");
        return state_;
    }
    head_ = std::move(head);
    const bool is_bodiless = head_->status == 204 || head_->status == 304 || asked_ == Asked::head ||
                             (asked_ == Asked::connect && head_->status < 300);
    if (is_bodiless) {
        // RFC 9110 6.4.1. A server that thinks otherwise may send one all the same.
        if (head_->status == 204 && (head_->is_chunked || head_->length.value_or(0) > 0)) head_->is_last = true;
        return state_ = State::complete;
    }
    if (head_->length.value_or(0) > options_.response_body_bytes_max) return fail(Fault::too_large, "the body");
    return state_ = head_->length == 0 ? State::complete : State::body;
}

State ResponseReader::take_body(std::string_view& bytes) {
    if (head_->is_chunked) {
        const Chunked::State state = chunked_.put(bytes, body_);
        if (state == Chunked::State::malformed) return fail(Fault::malformed, chunked_.fault());
        if (state == Chunked::State::too_large) return fail(Fault::too_large, chunked_.fault());
        return state == Chunked::State::complete ? complete(bytes) : state_;
    }
    const std::uint64_t room = head_->length.value_or(options_.response_body_bytes_max) - body_.size();
    if (!head_->length && bytes.size() > room) return fail(Fault::too_large, "the body");
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size()));
    body_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (head_->length && body_.size() == *head_->length) return complete(bytes);
    return state_;
}

State ResponseReader::complete(std::string_view rest) {
    is_alone_ = rest.empty();
    return state_ = State::complete;
}

State ResponseReader::end() {
    if (state_ == State::complete || state_ == State::failed) return state_;
    if (state_ == State::body && !head_->is_chunked && !head_->length) {
        head_->is_last = true;
        return state_ = State::complete;
    }
    return fail(Fault::lost, has_begun_ ? "the response was cut short" : "");
}

Response ResponseReader::take() {
    assert(state_ == State::complete);
    Response response;
    response.status = head_->status;
    response.headers = std::move(head_->headers);
    response.body = std::move(body_);
    response.ends_with_connection = !head_->is_chunked && !head_->length && asked_ == Asked::other &&
                                    response.status != 204 && response.status != 304;
    return response;
}

}  // namespace broker::http
