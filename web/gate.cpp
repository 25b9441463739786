/// Gate: whether a request may pass at all, before any handler: who asks, under which name, from which page.
#include "web/gate.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "web/admission.h"
#include "web/ascii.h"
#include "web/problem.h"

namespace web {
namespace {

/// "[::1]:8080" to "::1", "localhost:8080" to "localhost"; nothing when it is not of such a form.
std::optional<std::string> host_name(std::string_view host) {
    std::string_view name = host, rest;
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        name = host.substr(1, end - 1);
        rest = host.substr(end + 1);
    } else if (const auto colon = host.find(':'); colon != std::string_view::npos) {
        name = host.substr(0, colon);
        rest = host.substr(colon);
    }
    const bool has_port = rest.size() >= 2 && rest.size() <= 6 && rest.front() == ':' &&
                          rest.find_first_not_of("0123456789", 1) == std::string_view::npos;
    if (name.empty() || (!rest.empty() && !has_port)) return std::nullopt;
    return lower_case(name);
}

bool is_ip_address(std::string_view name) {
    boost::system::error_code code;
    boost::asio::ip::make_address(std::string(name), code);
    return !code;
}

/// Whether somebody between us and the user passed the request on.
bool was_forwarded(const Request& request) {
    return std::ranges::any_of(request.headers, [](const auto& field) {
        return field.first == "forwarded" || field.first.starts_with("x-forwarded-");
    });
}

/// The page that made the call, if a page did, must be ours: its origin is exactly what it called. Where people log in
/// a proxy may have taken TLS off before us.
bool is_our_origin(const Request& request, const Door& door) {
    const auto origin = request.header("origin");
    if (!origin) return true;
    const std::string host = lower_case(request.header("host").value_or(""));
    const bool may_be_tls = door.is_tls || door.access == Access::users;
    return (may_be_tls && lower_case(*origin) == "https://" + host) ||
           (!door.is_tls && lower_case(*origin) == "http://" + host);
}

bool is_for_anyone(const Route* route) {
    return route != nullptr && route->needs == Permission::anyone;
}

/// Something that may turn out to be a session or a token.
bool has_credentials(const Request& request, bool is_tls) {
    return request.header("authorization") || session_secret(request, is_tls);
}

bool is_json(const Request& request) {
    const std::string type = lower_case(request.header("content-type").value_or(""));
    return type == "application/json" || type.starts_with("application/json;");
}

/// A browser says where a call that acts comes from; who sends a cookie, and doesn't, is none that can be trusted.
bool says_where_it_comes_from(const Request& request) {
    return !request.header("cookie") || request.header("authorization") || request.header("origin") ||
           request.header("sec-fetch-site");
}

std::optional<Response> refuse_forgery(const Request& request, const Door& door) {
    // A form or an image on another page can make a browser POST here, but neither with this type nor without saying
    // where it comes from.
    const std::string site = lower_case(request.header("sec-fetch-site").value_or("none"));
    if (!request.peer.is_local && (!is_our_origin(request, door) || (site != "same-origin" && site != "none")))
        return problem(403, "this call came from a page of another origin; use the bridge's own page");
    if (!request.peer.is_local && !says_where_it_comes_from(request))
        return problem(403, "this call has a cookie and does not say which page it comes from; programs send a token");
    if (!is_json(request)) return problem(415, "this call takes a body of Content-Type: application/json");
    return std::nullopt;
}

}  // namespace

bool is_loopback(std::string_view address) {
    if (address == "::1" || address == "0:0:0:0:0:0:0:1") return true;
    if (!address.starts_with("127.") || address.size() > 15) return false;
    return std::ranges::count(address, '.') == 3 &&
           address.find_first_not_of("0123456789.") == std::string_view::npos && !address.ends_with('.');
}

bool is_our_host(std::string_view host, const Door& door) {
    const auto name = host_name(host);
    if (!name) return false;
    if (*name == "localhost" || is_loopback(*name) || *name == door.bound_address) return true;
    if (door.access == Access::users && is_ip_address(*name)) return true;
    return std::ranges::find(door.names, *name) != door.names.end();
}

std::optional<Response> refuse(const Request& request, const Route* route, const Door& door) {
    if (route != nullptr && route->kind == Kind::health) return std::nullopt;
    if (!request.peer.is_local) {
        if (!is_our_host(request.header("host").value_or(""), door))
            return problem(403,
                           "this Host is not one that the bridge is known by; use its address, or add the name to "
                           "[http] names");
        if (door.access == Access::users) {
            if (!is_for_anyone(route) && !has_credentials(request, door.is_tls)) return unknown_guest();
        } else if (was_forwarded(request)) {
            return problem(403, "access = \"open\" is for this machine only; a forwarded request is refused");
        }
    }
    if (route != nullptr && (route->kind == Kind::act || route->kind == Kind::ask))
        return refuse_forgery(request, door);
    return std::nullopt;
}

}  // namespace web
