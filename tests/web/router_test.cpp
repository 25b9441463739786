/// The route table: what is found, what is not, and with which methods.
#include "web/router.h"

#include <doctest/doctest.h>

#include <set>

#include "web/api/routes.h"

namespace {

web::Response nothing(const web::Request&, const web::Deps&) {
    return {};
}

const web::Router router({{"GET", "/jobs/{id}", nothing, web::Permission::look},
                          {"POST", "/jobs/actions", nothing, web::Permission::look, web::Kind::act},
                          {"POST", "/jobs/{id}/{verb}", nothing, web::Permission::look, web::Kind::act},
                          {"GET", "/", nothing, web::Permission::look}});

}  // namespace

TEST_CASE("router: a route is found by method and path, and binds its names") {
    const auto match = router.match("POST", {"jobs", "7", "hold"});
    REQUIRE(match.route);
    CHECK(match.route->pattern == "/jobs/{id}/{verb}");
    CHECK(match.bound == std::vector<std::pair<std::string, std::string>>{{"id", "7"}, {"verb", "hold"}});
    CHECK(router.match("GET", {}).route->pattern == "/");
    CHECK(router.match("HEAD", {"jobs", "7"}).route->method == "GET");
}

TEST_CASE("router: a fixed path goes before one with a name") {
    CHECK(router.match("POST", {"jobs", "actions"}).route->pattern == "/jobs/actions");
    CHECK(router.match("GET", {"jobs", "actions"}).route->pattern == "/jobs/{id}");
}

TEST_CASE("router: no such path is 404, another method is 405 with Allow") {
    CHECK(web::not_routed(router.match("GET", {"nope"})).status == 404);
    CHECK(web::not_routed(router.match("GET", {"jobs", "7", "hold", "x"})).status == 404);
    const auto response = web::not_routed(router.match("DELETE", {"jobs", "7"}));
    CHECK(response.status == 405);
    CHECK(response.content_type == "application/problem+json");
    CHECK(response.headers.front() == std::pair<std::string, std::string>{"Allow", "GET, HEAD"});
    CHECK(web::not_routed(router.match("GET", {"jobs", "7", "hold"})).headers.front().second == "POST");
}

TEST_CASE("router: every route of the API is found by its own pattern, and no two are the same") {
    const web::Router all(web::api::routes());
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const web::Route& route : all.routes()) {
        CAPTURE(route.pattern);
        CHECK(seen.insert({route.method, route.pattern}).second);
        std::vector<std::string> segments;
        for (std::string_view rest = route.pattern.substr(1); !rest.empty();) {
            const auto end = rest.find('/');
            segments.emplace_back(rest.substr(0, end));
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        }
        CHECK(all.match(route.method, segments).route == &route);
        CHECK((route.method == "POST") == (route.kind == web::Kind::act || route.kind == web::Kind::ask));
    }
}
