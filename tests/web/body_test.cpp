/// A request's JSON, read strictly.
#include "web/json/body.h"

#include <doctest/doctest.h>
#include <boost/json/value.hpp>

#include "web/json/members.h"

using web::json::parse_body;

TEST_CASE("body: an object is read, and no bytes are an empty one") {
    const auto body = parse_body(R"({"note": "once", "filter": {"state": "held"}})");
    REQUIRE(body);
    CHECK(body->at("note") == "once");
    CHECK(parse_body("")->empty());
    CHECK(parse_body(" \r\n")->empty());
}

TEST_CASE("body: a member named twice is refused at any depth, however it is spelled") {
    CHECK_FALSE(parse_body(R"({"action":"hold","action":"cancel"})"));
    CHECK_FALSE(parse_body(R"({"action":"hold","\u0061ction":"cancel"})"));
    CHECK_FALSE(parse_body(R"({"filter":{"state":"held","state":"queued"}})"));
    CHECK_FALSE(parse_body(R"({"a":[{"b":1},{"b":1,"b":2}]})"));
    CHECK(parse_body(R"({"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]})"));
}

TEST_CASE("body: what is not an object, not JSON, or too deep is refused") {
    for (const char* text : {"[]", "1", "null", "\"x\"", "{", "{}x", "{\"a\":}", "{'a':1}", "{\"a\":1,}",
                             "{\"a\":\"\xFF\"}", "{\"a\":NaN}", "{\"a\":\"\x01\"}", "/* c */{}"})
        CHECK_FALSE(parse_body(text));
    const auto nested = [](std::size_t depth) {
        return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    CHECK(parse_body(nested(31)));
    CHECK_FALSE(parse_body(nested(32)));
    CHECK_FALSE(parse_body(nested(30'000)));
}

TEST_CASE("body: members of other names or types are faults that name them") {
    const auto body = *parse_body(R"({"note": 1, "dry_run": "yes", "long": ")" + std::string(1001, 'x') + R"("})");
    CHECK(web::json::unknown_member(body, {"note", "long"})->parameter == "dry_run");
    CHECK_FALSE(web::json::unknown_member(body, {"note", "dry_run", "long"}));
    CHECK(web::json::text_member(body, "note").fault().parameter == "note");
    CHECK(web::json::bool_member(body, "dry_run").fault().parameter == "dry_run");
    CHECK(web::json::text_member(body, "long").fault().parameter == "long");
    CHECK(*web::json::text_member(body, "absent") == "");
    CHECK(*web::json::bool_member(body, "absent") == false);
}
