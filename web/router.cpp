/// Router: the table of what can be asked: method, path, who answers, and what that needs.
#include "web/router.h"

#include <algorithm>
#include <cassert>

#include "web/problem.h"

namespace web {
namespace {

bool is_name(std::string_view part) {
    return part.size() > 2 && part.front() == '{' && part.back() == '}';
}

/// What the pattern's names stand for, or nothing when the path is another one.
std::optional<std::vector<std::pair<std::string, std::string>>> fit(std::string_view pattern,
                                                                    const std::vector<std::string>& segments) {
    std::vector<std::pair<std::string, std::string>> bound;
    pattern.remove_prefix(1);
    for (const std::string& segment : segments) {
        if (pattern.empty()) return std::nullopt;
        const auto end = pattern.find('/');
        const std::string_view part = pattern.substr(0, end);
        if (is_name(part)) {
            bound.emplace_back(part.substr(1, part.size() - 2), segment);
        } else if (part != segment) {
            return std::nullopt;
        }
        pattern.remove_prefix(end == std::string_view::npos ? pattern.size() : end + 1);
    }
    if (!pattern.empty()) return std::nullopt;
    return bound;
}

void allow(Match& match, std::string_view method) {
    if (std::ranges::find(match.allowed, method) != match.allowed.end()) return;
    match.allowed.emplace_back(method);
    if (method == "GET") match.allowed.emplace_back("HEAD");
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
    for (const Route& route : routes_) {
        assert(route.handler != nullptr && route.pattern.starts_with('/'));
        body_bytes_max_ = std::max(body_bytes_max_, route.body_bytes_max);
        assert((route.kind == Kind::act || route.kind == Kind::ask) == (route.method == "POST"));
    }
    // "/jobs/actions" must be found before "/jobs/{id}".
    std::ranges::stable_partition(routes_,
                                  [](const Route& route) { return route.pattern.find('{') == std::string_view::npos; });
}

Match Router::match(std::string_view method, const std::vector<std::string>& segments) const {
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    Match match;
    for (const Route& route : routes_) {
        auto bound = fit(route.pattern, segments);
        if (!bound) continue;
        allow(match, route.method);
        if (match.route == nullptr && route.method == wanted) {
            match.route = &route;
            match.bound = std::move(*bound);
        }
    }
    return match;
}

Response not_routed(const Match& match) {
    if (match.allowed.empty()) return problem(404, "there is nothing at this path");
    std::string allowed;
    for (const std::string& method : match.allowed) allowed += (allowed.empty() ? "" : ", ") + method;
    Response response = problem(405, "this path takes " + allowed);
    response.headers.emplace_back("Allow", allowed);
    return response;
}

}  // namespace web
