#include "broker/http/request_head.h"

#include <array>
#include <cassert>
#include <stdexcept>

#include "broker/http/ascii.h"

namespace broker::http {
namespace {

/// RFC 9110 7.6.1 and what else speaks of the connection, the framing, or for the client.
constexpr std::array<std::string_view, 14> reserved{"Host",
                                                    "User-Agent",
                                                    "Accept-Encoding",
                                                    "Content-Length",
                                                    "Transfer-Encoding",
                                                    "Connection",
                                                    "TE",
                                                    "Trailer",
                                                    "Upgrade",
                                                    "Keep-Alive",
                                                    "Expect",
                                                    "Proxy-Connection",
                                                    "HTTP2-Settings",
                                                    "Proxy-Authorization"};

void add(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

bool takes_body(const Request& request) {
    return request.method == Method::post || request.method == Method::put || request.method == Method::patch;
}

}  // namespace

std::string_view to_string(Method method) {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::head:
            return "HEAD";
        case Method::post:
            return "POST";
        case Method::put:
            return "PUT";
        case Method::patch:
            return "PATCH";
        case Method::del:
            return "DELETE";
        case Method::options:
            return "OPTIONS";
    }
    assert(false);
    return "";
}

std::uint64_t body_size(const Request& request) {
    if (const auto* text = std::get_if<std::string>(&request.body)) return text->size();
    if (const auto* source = std::get_if<BodySource*>(&request.body)) return (*source)->size();
    return 0;
}

std::string head_of(const Request& request, const Options& options) {
    const bool is_through_proxy = options.proxy && !options.origin.is_https();
    std::string head(to_string(request.method));
    head += ' ';
    // RFC 9112 3.2.2: a proxy has to be told the whole address.
    if (is_through_proxy) head += "http://" + options.origin.authority();
    head += request.target.text() + " HTTP/1.1\r\n";
    add(head, "Host", options.origin.authority());
    if (!options.user_agent.empty()) add(head, "User-Agent", options.user_agent);
    // What is unpacked here would have to be bounded here.
    add(head, "Accept-Encoding", "identity");
    for (const Field& field : request.headers) {
        for (const std::string_view name : reserved)
            if (same_name(field.name, name))
                throw std::invalid_argument("the header field " + std::string(name) + " is the client's to write");
        add(head, field.name, field.value);
    }
    const std::uint64_t size = body_size(request);
    if (size > 0 || takes_body(request)) add(head, "Content-Length", std::to_string(size));
    return head + "\r\n";
}

std::string connect_head(const Options& options) {
    const std::string where = options.origin.host_and_port();
    std::string head = "CONNECT " + where + " HTTP/1.1\r\n";
    add(head, "Host", where);
    if (!options.user_agent.empty()) add(head, "User-Agent", options.user_agent);
    return head + "\r\n";
}

}  // namespace broker::http
