/// Admission: who asks, whether they may, and that it is in the history when they look at somebody's data.
///
/// Any thread of the pool. What it remembers (sessions, wrong guesses, looks, the one-time link) is in memory only.
#pragma once

#include <optional>

#include "web/accounts.h"
#include "web/deps.h"
#include "web/exchange.h"
#include "web/lockout.h"
#include "web/looks.h"
#include "web/router.h"
#include "web/sessions.h"
#include "web/setup.h"

namespace web {

struct Admission {
    Admission(std::chrono::milliseconds session_idle, std::chrono::milliseconds session_for)
        : sessions(session_idle, session_for) {}

    Sessions sessions;
    Lockout lockout;
    Setup setup;
    Looks looks;
};

/// Names who asks, by the Unix socket, a token, or a session's cookie, and says whether their role may what the route
/// does. The refusal (401, 403), or nothing: then `request` has its actor, role and user. May wait for the system's
/// user database and reads ours.
std::optional<Response> admit(const Route& route, Request& request, const Deps& deps);

/// Where the answer will show somebody's data to a user or a token, has that in the history first. Where the disk is
/// full they may look all the same, and the log says so: whoever mends it must see what is stuck.
void note_look(const Route& route, const Request& request, const Deps& deps);

/// 401: nobody that we know.
Response unknown_guest();

/// The cookie that a session's secret is kept in. Under TLS the browser sends it over nothing else, and to no other
/// name
/// (__Host-).
std::string_view cookie_name(bool is_tls);
/// The value of that cookie; nothing where it is not there, or twice.
std::optional<std::string_view> session_secret(const Request& request, bool is_tls);

}  // namespace web
