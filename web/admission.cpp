/// Admission: who asks, whether they may, and that it is in the history when they look at somebody's data.
#include "web/admission.h"

#include <spdlog/spdlog.h>

#include "web/ascii.h"
#include "web/error.h"
#include "web/local_user.h"
#include "web/problem.h"
#include "web/secret.h"

namespace web {
namespace {

using Monotonic = Sessions::Monotonic;

std::optional<Response> admit_local(Request& request) {
    const LocalUser user = local_user(request.peer.user_id);
    if (!user.is_allowed)
        return problem(403, "the user " + user.name +
                                " may not use this socket: root, the bridge's own user and members of the group "
                                "dicom-bridge may");
    request.actor = "local:" + user.name;
    request.role = outbox::Role::admin;
    return std::nullopt;
}

/// The word behind "Bearer"; nothing where that is not what it says.
std::optional<std::string_view> bearer(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (lower_case(authorization.substr(0, scheme.size())) != scheme) return std::nullopt;
    authorization.remove_prefix(scheme.size());
    return authorization;
}

std::optional<Response> admit_token(std::string_view authorization, Request& request, const Deps& deps) {
    const auto secret = bearer(authorization);
    const auto token = secret ? deps.views().token(hash_of(*secret)) : std::nullopt;
    if (!token) return unknown_guest();
    if (token->expires_at <= deps.now) return problem(401, "this token has expired; have another one made");
    request.actor = "token:" + token->name;
    request.owner = token->user;
    request.role = token->role;
    return std::nullopt;
}

/// What a page asks by itself, on a timer, says so: else nobody who leaves a page open would ever be logged out.
bool is_use(const Route& route, const Request& request) {
    return route.kind != Kind::follow && !request.header("dicom-bridge-poll");
}

std::optional<Response> admit_session(const Route& route, Request& request, const Deps& deps) {
    const auto secret = session_secret(request, deps.is_tls);
    const auto now = std::chrono::steady_clock::now();
    auto user = secret ? deps.admission->sessions.find(*secret, is_use(route, request), now) : std::nullopt;
    if (!user) return unknown_guest();
    request.actor = "user:" + user->name;
    request.role = user->role;
    request.owner = user->name;
    request.user = std::move(user);
    return std::nullopt;
}

std::optional<Response> identify(const Route& route, Request& request, const Deps& deps) {
    if (request.peer.is_local) return admit_local(request);
    if (deps.access == Access::open) {
        request.actor = "open:" + request.peer.address;
        request.role = outbox::Role::admin;
        return std::nullopt;
    }
    if (route.needs == Permission::anyone) {
        request.actor = "address:" + request.peer.address;
        return std::nullopt;
    }
    const auto authorization = request.header("authorization");
    return authorization ? admit_token(*authorization, request, deps) : admit_session(route, request, deps);
}

}  // namespace

Response unknown_guest() {
    Response response = problem(401, "log in first, or send a token: Authorization: Bearer TOKEN");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

std::optional<Response> admit(const Route& route, Request& request, const Deps& deps) {
    if (auto refusal = identify(route, request, deps)) return refusal;
    if (route.needs != Permission::anyone && !may(request.role, route.needs))
        return problem(
            403,
            "the role " + std::string(to_string(request.role)) +
                " does not allow this; an admin can give "
                "you another one",
            {{"role", std::string(to_string(request.role))}, {"needs", std::string(to_string(route.needs))}});
    return std::nullopt;
}

void note_look(const Route& route, const Request& request, const Deps& deps) {
    const bool is_known = request.actor.starts_with("user:") || request.actor.starts_with("token:");
    if (!is_known || route.shows == Shows::nothing || deps.accounts == nullptr) return;
    // A study's pictures are a hundred calls: they must not walk it a hundred times.
    const auto at_once = study_look_of(route, request);
    if (at_once && deps.admission->looks.is_known(*at_once, request, deps.now)) return;
    const auto look = look_of(route, request, deps.views());
    if (!look || !deps.admission->looks.is_new(*look, request, deps.now)) return;
    try {
        deps.accounts->record_look(*look);
    } catch (const std::exception& error) {
        deps.admission->looks.forget(*look, request);
        spdlog::warn("event=look_not_recorded actor={} route={} error=\"{}\"", request.actor, route.pattern,
                     error.what());
    }
}

std::string_view cookie_name(bool is_tls) {
    return is_tls ? "__Host-session" : "session";
}

std::optional<std::string_view> session_secret(const Request& request, bool is_tls) {
    std::optional<std::string_view> found;
    for (const auto& [name, value] : request.headers) {
        if (name != "cookie") continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const std::string_view pair = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
            const auto equals = pair.find('=');
            if (equals == std::string_view::npos) continue;
            const auto begin = pair.find_first_not_of(' ');
            if (pair.substr(begin, equals - begin) != cookie_name(is_tls)) continue;
            // Of two, one is not from us, and nobody can say which.
            if (found) return std::nullopt;
            found = pair.substr(equals + 1);
        }
    }
    return found;
}

}  // namespace web
