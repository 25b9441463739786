/// The document that describes the API beside the routes that there are.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <set>
#include <string>

#include "client.h"
#include "rig.h"
#include "web/api/routes.h"
#include "web/permission.h"

namespace {

using boost::json::object;
using boost::json::value;

object document() {
    test::Rig rig;
    const test::Got got = test::get(rig.port(), "/api/v1/openapi.json");
    REQUIRE(got.status == 200);
    CHECK(got.headers.at("content-type") == "application/json");
    CHECK(test::get(rig.port(), "/api/v1/openapi.json?x=1").status == 400);
    return boost::json::parse(got.body).as_object();
}

/// Of every operation that the document has, by "GET /path".
std::map<std::string, object> operations(const object& document) {
    std::map<std::string, object> all;
    for (const auto& path : document.at("paths").as_object()) {
        for (const auto& operation : path.value().as_object()) {
            std::string method(operation.key());
            std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
            all.emplace(method + " " + std::string(path.key()), operation.value().as_object());
        }
    }
    return all;
}

/// Pages are fixed bytes for browsers, and no part of the API.
std::map<std::string, web::Route> api_routes() {
    std::map<std::string, web::Route> all;
    for (const web::Route& each : web::api::routes())
        if (each.kind != web::Kind::page || each.pattern.starts_with("/api/"))
            all.emplace(std::string(each.method) + " " + std::string(each.pattern), each);
    return all;
}

std::set<std::string> names_in(std::string_view pattern) {
    std::set<std::string> names;
    for (auto begin = pattern.find('{'); begin != pattern.npos; begin = pattern.find('{', begin + 1))
        names.emplace(pattern.substr(begin + 1, pattern.find('}', begin) - begin - 1));
    return names;
}

void collect_references(const value& any, std::set<std::string>& found) {
    if (const auto* members = any.if_object()) {
        for (const auto& each : *members) {
            if (each.key() == "$ref") found.emplace(each.value().as_string());
            collect_references(each.value(), found);
        }
    }
    if (const auto* items = any.if_array())
        for (const value& each : *items) collect_references(each, found);
}

}  // namespace

TEST_CASE("openapi: the document has every call that there is, and no other, each with what it asks of whoever calls") {
    const auto described = operations(document());
    const auto routes = api_routes();
    for (const auto& [call, route] : routes) {
        CAPTURE(call);
        REQUIRE(described.contains(call));
        CHECK(described.at(call).at("x-permission") == value(web::to_string(route.needs)));
        const bool takes_body = route.kind == web::Kind::act || route.kind == web::Kind::ask;
        CHECK(described.at(call).contains("requestBody") == takes_body);
    }
    for (const auto& [call, operation] : described) {
        CAPTURE(call);
        CHECK(routes.contains(call));
    }
}

TEST_CASE("openapi: every operation has a name of its own, a summary, its answers, and the names in its path") {
    std::set<std::string> ids;
    for (const auto& [call, operation] : operations(document())) {
        CAPTURE(call);
        CHECK(ids.emplace(operation.at("operationId").as_string()).second);
        CHECK_FALSE(operation.at("summary").as_string().empty());
        CHECK(operation.at("responses").as_object().contains("200"));
        CHECK(operation.at("responses").at("default").at("$ref") == "#/components/responses/Problem");
        std::set<std::string> in_path;
        if (const auto* parameters = operation.if_contains("parameters")) {
            for (const value& each : parameters->as_array()) {
                if (!each.as_object().contains("in") || each.at("in") != "path") continue;
                CHECK(each.at("required") == true);
                in_path.emplace(each.at("name").as_string());
            }
        }
        CHECK(in_path == names_in(call));
    }
}

TEST_CASE("openapi: what a part refers to is there, and nothing is described that no call uses") {
    const object all = document();
    CHECK(all.at("openapi") == "3.1.0");
    std::set<std::string> referred;
    collect_references(all, referred);
    std::set<std::string> there;
    for (const char* kind : {"schemas", "parameters", "responses"})
        for (const auto& each : all.at("components").at(kind).as_object())
            there.emplace("#/components/" + std::string(kind) + "/" + std::string(each.key()));
    CHECK(referred == there);
}
