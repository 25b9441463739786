/// The target of a request: decoded once, refused when it is not plain.
#include "web/target.h"

#include <doctest/doctest.h>

using web::parse_target;

TEST_CASE("target: path and query are decoded into segments and terms") {
    const auto target = parse_target("/api/v1/destinations/pacs%20a/pause?reason=a+b%26c&x=&flag");
    REQUIRE(target);
    CHECK(target->segments == std::vector<std::string>{"api", "v1", "destinations", "pacs a", "pause"});
    CHECK(target->query == web::Terms{{"reason", "a b&c"}, {"x", ""}, {"flag", ""}});
    CHECK(parse_target("/")->segments.empty());
    CHECK(parse_target("/a%2Fb")->segments == std::vector<std::string>{"a/b"});
}

TEST_CASE("target: what two readers could understand differently is refused") {
    for (const char* text :
         {"",     "*",         "http://evil/", "evil:80",  "/a//b",    "/a/",     "//evil/",      "/a/../b",
          "/./a", "/%2e%2e/a", "/a%",          "/a%2",     "/a%zz",    "/a%00b",  "/a%0d%0aX: y", "/a#b",
          "/%ff", "/%c0%af",   "/%ed%a0%80",   "/a?x=%00", "/a?x=%1b", "/a?x=%fe"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_target(text));
    }
}

TEST_CASE("target: UTF-8 is well-formed or refused") {
    for (const char* good : {"", "abc", "é", "€", "😀", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) CHECK(web::is_utf8(good));
    for (const char* bad : {"\x80", "\xC1\x81", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                            "\xE2\x82", "a\xFF"})
        CHECK_FALSE(web::is_utf8(bad));
}
