/// Login: a session for whoever knows a password, its end, the first admin, and one's own password.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/json/object.hpp>

#include "web/admission.h"
#include "web/api/routes.h"
#include "web/ascii.h"
#include "web/json/body.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/password.h"
#include "web/problem.h"
#include "web/secret.h"

namespace web::api {
namespace {

/// What somebody logs in with; the password is gone when it is.
struct Words {
    Words() = default;
    Words(Words&&) = default;
    Words& operator=(Words&&) = default;
    ~Words() {
        wipe(password);
        wipe(other);
    }
    std::string name, password;
    std::string other;  ///< the link's secret, or the old password
};

Parsed<Words> read_words(const Request& request, std::string_view other) {
    const auto body = json::parse_body(request.body);
    if (!body) return body.fault();
    if (const auto fault = json::unknown_member(*body, {"name", "password", other})) return *fault;
    const auto name = json::text_member(*body, "name", name_bytes_max);
    if (!name) return name.fault();
    const auto password = json::text_member(*body, "password", password_bytes_max);
    if (!password) return password.fault();
    const auto more = other.empty() ? Parsed<std::string>(std::string()) : json::text_member(*body, other);
    if (!more) return more.fault();
    Words words;
    // Names are written in small letters: nobody is kept out, or taken for somebody else, by a large one.
    words.name = lower_case(*name);
    words.password = *password;
    words.other = *more;
    return words;
}

Response nobody_logs_in() {
    return problem(409, "access = \"open\": nobody logs in here", {{"state", "open"}});
}

Response must_wait(std::chrono::seconds left) {
    Response response =
        problem(429, fmt::format("too many wrong tries: wait {} s. Whoever is at the machine itself can set another "
                                 "password: dicom-bridge user passwd NAME",
                                 left.count()));
    response.headers.emplace_back("Retry-After", std::to_string(left.count()));
    return response;
}

/// For as long as the browser runs: when it ends is the server's to say.
std::string cookie(std::string_view secret, bool is_tls) {
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}", cookie_name(is_tls), secret,
                       is_tls ? "; Secure" : "");
}

std::string cookie_away(bool is_tls) {
    return cookie("", is_tls) + "; Max-Age=0";
}

/// In the history, and in the log. Where the disk is full people come in all the same: whoever mends it must see.
void note(const outbox::Entry& entry, const Deps& deps) {
    spdlog::info("event={} user={} address={}", entry.event, entry.user.empty() ? "unknown" : entry.user,
                 entry.address);
    try {
        deps.accounts->record_entry(entry);
    } catch (const std::exception& error) {
        spdlog::warn("event=entry_not_recorded what={} user={} error=\"{}\"", entry.event, entry.user, error.what());
    }
}

/// Whether the user is still who they were when their password was looked at: hashing takes a while.
bool is_unchanged(const outbox::UserView& user, const Deps& deps) {
    const auto present = deps.views().user(user.name);
    return present && present->id == user.id && present->password == user.password;
}

Response begin_session(const outbox::UserView& user, const Request& request, const Deps& deps) {
    note({"logged_in", "user:" + user.name, user.name, request.peer.address}, deps);
    // Whoever is logged in from this browser already no longer is: a secret never outlives a login.
    if (const auto old = session_secret(request, deps.is_tls)) deps.admission->sessions.end(*old);
    const std::string secret =
        deps.admission->sessions.begin({user.id, user.name, user.role}, std::chrono::steady_clock::now());
    // Whoever ended all sessions meanwhile must not have missed this one.
    if (!is_unchanged(user, deps)) {
        deps.admission->sessions.end(secret);
        return problem(401, "the user was removed, or has another password, since a moment ago");
    }
    Response response = json::ok({{"name", user.name}, {"role", to_string(user.role)}});
    response.headers.emplace_back("Set-Cookie", cookie(secret, deps.is_tls));
    return response;
}

/// The one answer to a wrong name and to a wrong password. Nothing of what was typed is kept, unless it is a name of
/// ours.
Response turned_away(const std::optional<outbox::UserView>& user, const Request& request, const Deps& deps) {
    note({"login_failed", "bridge", user ? user->name : "", request.peer.address}, deps);
    return problem(401, "name or password is wrong");
}

std::string name_fault(std::string_view name) {
    const bool is_plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._@-") == std::string_view::npos;
    // "." and ".." are no segment of a path that anybody could name it by.
    if (name.empty() || !is_plain || name.front() == '.')
        return "a name is 1 to 64 of a-z, 0-9 and . _ @ -, and does not begin with a dot";
    return "";
}

}  // namespace

Response too_many_at_once() {
    Response response = problem(503, "others are logging in at this moment; try again");
    response.headers.emplace_back("Retry-After", "1");
    return response;
}

std::optional<Fault> fault_of_new_user(std::string_view name, std::string_view password) {
    if (auto fault = name_fault(name); !fault.empty()) return Fault{"name", fault};
    if (auto fault = password_fault(password, name); !fault.empty()) return Fault{"password", fault};
    return std::nullopt;
}

Response login(const Request& request, const Deps& deps) {
    if (deps.access == Access::open || request.peer.is_local) return nobody_logs_in();
    const auto words = read_words(request, "");
    if (!words) return bad_request(words.fault());
    const Lockout::Guest guest{words->name, request.peer.address};
    if (const auto left = deps.admission->lockout.begin(guest, std::chrono::steady_clock::now()))
        return must_wait(*left);
    const auto user = deps.views().user(words->name);
    switch (check_password(words->password, user ? user->password : "")) {
        case PasswordCheck::busy:
            deps.admission->lockout.withdraw(guest);
            return too_many_at_once();
        case PasswordCheck::wrong:
            return turned_away(user, request, deps);
        case PasswordCheck::right:
            break;
    }
    deps.admission->lockout.succeeded(guest);
    return begin_session(*user, request, deps);
}

Response logout(const Request& request, const Deps& deps) {
    if (const auto fault = json::fault_of_members(request.body)) return bad_request(*fault);
    Response response = json::ok({{"logged_out", request.user.has_value()}});
    if (!request.user) return response;
    if (const auto secret = session_secret(request, deps.is_tls)) deps.admission->sessions.end(*secret);
    note({"logged_out", request.actor, request.user->name, request.peer.address}, deps);
    response.headers.emplace_back("Set-Cookie", cookie_away(deps.is_tls));
    return response;
}

Response setup(const Request& request, const Deps& deps) {
    if (deps.access == Access::open || request.peer.is_local) return nobody_logs_in();
    const auto words = read_words(request, "token");
    if (!words) return bad_request(words.fault());
    if (!deps.admission->setup.fits(words->other, std::chrono::steady_clock::now()))
        return problem(403,
                       "this link is not, or no longer, the one that makes the first admin; the bridge prints another "
                       "one at a start without users, and `dicom-bridge user add` on its machine always works");
    if (const auto fault = fault_of_new_user(words->name, words->password)) return bad_request(*fault);
    const auto hash = hash_password(words->password);
    if (!hash) return too_many_at_once();
    const outbox::Actor actor{"setup:" + request.peer.address, ""};
    const auto id = deps.accounts->add_first_user({words->name, outbox::Role::admin, *hash}, actor);
    deps.admission->setup.close();
    if (!id) return problem(409, "there is a user by now: log in, or ask an admin", {{"state", "has_users"}});
    const auto user = deps.views().user(words->name);
    if (!user) return problem(409, "the user was removed again", {{"state", "removed"}});
    return begin_session(*user, request, deps);
}

Response change_own_password(const Request& request, const Deps& deps) {
    if (!request.user) return problem(409, "only who is logged in has a password here", {{"state", "no_password"}});
    const auto words = read_words(request, "old");
    if (!words) return bad_request(words.fault());
    if (!words->name.empty()) return bad_request({"name", "it is always your own password"});
    if (auto fault = password_fault(words->password, request.user->name); !fault.empty())
        return bad_request({"password", fault});
    const Lockout::Guest guest{request.user->name, request.peer.address};
    if (const auto left = deps.admission->lockout.begin(guest, std::chrono::steady_clock::now()))
        return must_wait(*left);
    const auto user = deps.views().user(request.user->name);
    const auto check = check_password(words->other, user ? user->password : "");
    const auto hash = check == PasswordCheck::right ? hash_password(words->password) : std::nullopt;
    if (check == PasswordCheck::busy || (check == PasswordCheck::right && !hash)) {
        deps.admission->lockout.withdraw(guest);
        return too_many_at_once();
    }
    if (check == PasswordCheck::wrong) {
        note({"login_failed", request.actor, request.user->name, request.peer.address}, deps);
        return bad_request({"old", "that is not your present password"});
    }
    deps.admission->lockout.succeeded(guest);
    if (!deps.accounts->change_password(user->name, *hash, {request.actor, ""}))
        return problem(409, "the user was removed meanwhile", {{"state", "removed"}});
    // Whoever knew the old one is out, on every browser but this.
    deps.admission->sessions.end_all(user->id);
    Response response = json::ok({{"name", user->name}, {"role", to_string(user->role)}});
    const std::string secret =
        deps.admission->sessions.begin({user->id, user->name, user->role}, std::chrono::steady_clock::now());
    response.headers.emplace_back("Set-Cookie", cookie(secret, deps.is_tls));
    return response;
}

}  // namespace web::api
