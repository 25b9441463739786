/// Problem: an error as a client reads it (RFC 9457, application/problem+json).
#include "web/problem.h"

#include <boost/json.hpp>

namespace web {

std::string_view title_of(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "Error";
    }
}

Response problem(unsigned status, std::string_view detail, const Extensions& extensions) {
    boost::json::object members;
    for (const auto& [name, value] : extensions) members[name] = value;
    return problem_with(status, detail, std::move(members));
}

Response problem_with(unsigned status, std::string_view detail, boost::json::object members) {
    boost::json::object body{
        {"type", "about:blank"}, {"title", title_of(status)}, {"status", status}, {"detail", detail}};
    for (auto& member : members) body[member.key()] = std::move(member.value());
    Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    response.body = boost::json::serialize(body);
    return response;
}

Response bad_request(const Fault& fault) {
    if (fault.parameter.empty()) return problem(400, fault.text);
    return problem(400, fault.parameter + ": " + fault.text, {{"parameter", fault.parameter}});
}

}  // namespace web
