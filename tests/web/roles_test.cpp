/// Every route with every role, made from the table itself: who may what, and that nothing is done for whoever may not.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "outbox/views.h"
#include "tests/web/client.h"
#include "tests/web/rig.h"
#include "web/api/routes.h"
#include "web/password.h"
#include "web/permission.h"
#include "web/secret.h"

namespace {

using outbox::Role;
using web::Permission;

/// "/api/v1/jobs/{id}/{verb}" with something for each name.
std::string path_of(std::string_view pattern) {
    const std::map<std::string, std::string> named{{"id", "1"},           {"verb", "hold"},        {"name", "pacs-a"},
                                                   {"uid", "1.2.3"},      {"sop_uid", "1.2.3.1"},  {"study", "1.2.3"},
                                                   {"series", "1.2.3.1"}, {"instance", "1.2.3.1"}, {"frame", "1"}};
    std::string path(pattern);
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{')) {
        const auto end = path.find('}', at);
        const auto found = named.find(path.substr(at + 1, end - at - 1));
        REQUIRE_MESSAGE(found != named.end(), path);
        path.replace(at, end - at + 1, found->second);
    }
    return path;
}

/// A server with a token of each role; the header that brings it.
struct House {
    House() {
        for (const Role each : {Role::viewer, Role::operating, Role::auditor, Role::admin, Role::monitor}) {
            const std::string secret = "dbt_" + web::new_secret();
            outbox::NewToken token{
                .name = std::string(to_string(each)), .role = each, .expires_at = test::now + std::chrono::hours(1)};
            token.hash = web::hash_of(secret);
            REQUIRE(rig.accounts.add_token(token, {"local:root", ""}));
            headers[each] = "Authorization: Bearer " + secret + "\r\n";
        }
    }
    int ask(const web::Route& route, const std::string& header) const {
        const std::string path = path_of(route.pattern);
        if (route.kind == web::Kind::follow) {
            test::Client client(rig.port());
            client.send("HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n");
            return client.read(true).status;
        }
        // A body that no call takes: whoever may make the call is told so, and changes nothing.
        return route.method == "POST" ? test::post(rig.port(), path, R"({"no such member":1})", header).status
                                      : test::get(rig.port(), path, header).status;
    }

    test::Rig rig{web::Access::users};
    std::map<Role, std::string> headers;
};

/// What the roles are for, in the words of the README: whoever changes the table of permissions has to change this.
const std::map<Permission, std::set<Role>> expected{
    {Permission::anyone, {Role::viewer, Role::operating, Role::auditor, Role::admin, Role::monitor}},
    {Permission::known, {Role::viewer, Role::operating, Role::auditor, Role::admin, Role::monitor}},
    {Permission::watch, {Role::operating, Role::auditor, Role::admin, Role::monitor}},
    {Permission::look, {Role::viewer, Role::operating, Role::auditor, Role::admin}},
    {Permission::inspect, {Role::operating, Role::auditor, Role::admin}},
    {Permission::audit, {Role::auditor, Role::admin}},
    {Permission::operate, {Role::operating, Role::admin}},
    {Permission::administer, {Role::admin}},
};

}  // namespace

TEST_CASE("roles: each role may what its permissions say on every route, and gets 403 on every other") {
    const House house;
    const auto before = outbox::Views(house.rig.database()).verify_history().rows;
    int allowed = 0, refused = 0;
    for (const web::Route& route : web::api::routes()) {
        CAPTURE(route.method);
        CAPTURE(route.pattern);
        for (const auto& [role, header] : house.headers) {
            CAPTURE(to_string(role));
            const int status = house.ask(route, header);
            const bool may = expected.at(route.needs).contains(role);
            (may ? allowed : refused) += 1;
            // 403 is also what a setup link that is none gets: it is open to everybody.
            if (route.pattern != "/setup") CHECK((status == 403) == !may);
            CHECK(status != 401);
        }
        const bool is_open = route.needs == Permission::anyone;
        CHECK((house.ask(route, "") == 401) == !is_open);
    }
    CHECK(allowed > 100);
    CHECK(refused > 100);
    // Of all those calls only looks were recorded: nothing that acts had a body that it takes.
    outbox::HistoryFilter looked;
    looked.event = "looked";
    const outbox::Views views(house.rig.database());
    const auto looks = static_cast<std::int64_t>(views.history(looked, std::nullopt, 1000).rows.size());
    CHECK(views.verify_history().rows == before + looks);
}

TEST_CASE("roles: what acts needs a permission that acts, and what anyone may do shows nobody's data") {
    for (const web::Route& route : web::api::routes()) {
        CAPTURE(route.pattern);
        const Permission needs = route.needs;
        if (route.kind == web::Kind::act && needs != Permission::anyone && needs != Permission::known)
            CHECK((needs == Permission::operate || needs == Permission::administer));
        if (needs == Permission::anyone || needs == Permission::known || needs == Permission::watch)
            CHECK(route.shows == web::Shows::nothing);
        if (needs == Permission::look) CHECK(route.shows != web::Shows::nothing);
    }
}
