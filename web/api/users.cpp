/// Users: those who may log in, shown, added and removed, and their passwords.
#include <boost/json/array.hpp>

#include "web/admission.h"
#include "web/api/routes.h"
#include "web/filters.h"
#include "web/json/body.h"
#include "web/json/members.h"
#include "web/json/respond.h"
#include "web/json/values.h"
#include "web/password.h"
#include "web/problem.h"
#include "web/secret.h"

namespace web::api {
namespace {

boost::json::object shown(const outbox::UserView& user) {
    return {{"name", user.name},
            {"role", to_string(user.role)},
            {"added_at", json::text_of(user.added_at)},
            {"added_by", user.added_by},
            {"password_at", json::text_of(user.password_at)},
            {"password_by", user.password_by}};
}

Response no_such_user() {
    return problem(404, "there is no user of that name; `dicom-bridge user ls` lists them");
}

Response show(const std::string& name, const Deps& deps) {
    const auto user = deps.views().user(name);
    return user ? json::ok(shown(*user)) : no_such_user();
}

}  // namespace

Response users(const Request& request, const Deps& deps) {
    const auto page = parse_page(request.target.query, deps.limits, "users");
    if (!page) return bad_request(page.fault());
    boost::json::array items;
    for (const outbox::UserView& each : deps.views().users()) items.emplace_back(shown(each));
    return json::list(std::move(items), std::nullopt);
}

Response add_user(const Request& request, const Deps& deps) {
    const auto body = json::parse_body(request.body);
    if (!body) return bad_request(body.fault());
    if (const auto fault = json::unknown_member(*body, {"name", "role", "password"})) return bad_request(*fault);
    const auto name = json::text_member(*body, "name", name_bytes_max);
    if (!name) return bad_request(name.fault());
    const auto word = json::text_member(*body, "role");
    if (!word) return bad_request(word.fault());
    const auto role = outbox::parse_role(*word);
    if (!role || *role == outbox::Role::monitor)
        return bad_request({"role", "a user's role is viewer, operator, auditor or admin"});
    auto password = json::text_member(*body, "password", password_bytes_max);
    if (!password) return bad_request(password.fault());
    if (const auto fault = fault_of_new_user(*name, *password)) return bad_request(*fault);
    const auto hash = hash_password(*password);
    wipe(*password);
    if (!hash) return too_many_at_once();
    if (!deps.accounts->add_user({*name, *role, *hash}, {request.actor, ""}))
        return problem(409, "there is a user of that name", {{"state", "exists"}});
    // Whoever is somebody's first needs no link any more.
    deps.admission->setup.close();
    return show(*name, deps);
}

Response set_password(const Request& request, const Deps& deps) {
    const auto body = json::parse_body(request.body);
    if (!body) return bad_request(body.fault());
    if (const auto fault = json::unknown_member(*body, {"password"})) return bad_request(*fault);
    auto password = json::text_member(*body, "password", password_bytes_max);
    if (!password) return bad_request(password.fault());
    const std::string& name = request.at("name");
    if (auto fault = password_fault(*password, name); !fault.empty()) return bad_request({"password", fault});
    const auto user = deps.views().user(name);
    if (!user) return no_such_user();
    const auto hash = hash_password(*password);
    wipe(*password);
    if (!hash) return too_many_at_once();
    if (!deps.accounts->change_password(name, *hash, {request.actor, ""})) return no_such_user();
    deps.admission->sessions.end_all(user->id);
    return show(name, deps);
}

Response remove_user(const Request& request, const Deps& deps) {
    if (const auto fault = json::fault_of_members(request.body)) return bad_request(*fault);
    const std::string& name = request.at("name");
    const auto user = deps.views().user(name);
    if (!user || !deps.accounts->remove_user(name, {request.actor, ""})) return no_such_user();
    deps.admission->sessions.end_all(user->id);
    return json::ok({{"name", name}, {"removed", true}});
}

}  // namespace web::api
