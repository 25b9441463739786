// Token: strings for numbers, what is missing, and what may stand in a header (3.2).
#include "broker/deliver/satusehat/token.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include "tests/broker/deliver/satusehat/samples.h"

using namespace broker::deliver::satusehat;
using namespace std::chrono_literals;

TEST_CASE("token: it lives as long as it says, as a text or a number, and 3000 s where it doesn't") {
    struct Row {
        std::string_view member;
        std::chrono::seconds lifetime;
    };
    for (const Row& row : {Row{R"(, "expires_in": "3599")", 3599s},
                           {R"(, "expires_in": "14399")", 14399s},
                           {R"(, "expires_in": 1800)", 1800s},
                           {R"(, "expires_in": 1800.0)", 1800s},
                           {"", 3000s},
                           {R"(, "expires_in": null)", 3000s},
                           {R"(, "expires_in": "soon")", 3000s},
                           {R"(, "expires_in": [])", 3000s},
                           {R"(, "expires_in": "99999999999")", 24h},
                           {R"(, "issued_at": "1", "expires_in": " 60 ")", 60s}}) {
        CAPTURE(row.member);
        const auto token = parse_token(fmt::format(R"({{"access_token": "t0k.En-x=="{}}})", row.member));
        REQUIRE(token);
        CHECK(token->value == "t0k.En-x==");
        CHECK(token->expires_in == row.lifetime);
    }
}

TEST_CASE("token: what holds none, or one that no header takes, is none") {
    for (const std::string& body :
         {std::string(), std::string("{}"), std::string("[]"), std::string(R"({"access_token": ""})"),
          std::string(R"({"access_token": "  "})"), std::string(R"({"access_token": 7})"),
          std::string(R"({"access_token": null})"), std::string(R"({"access_token": "a\r\nX-Evil: 1"})"),
          std::string(R"({"access_token": "a b"})"), std::string(R"({"access_token": "é"})"),
          std::string(R"({"access_token": "a", "expires_in": "0"})"),
          std::string(R"({"access_token": "a", "expires_in": -5})"), std::string(R"({"access_token": "a")"),
          fmt::format(R"({{"access_token": "{}"}})", std::string(20'000, 'x')),
          fmt::format(R"({{"access_token": "a", "x": "{}"}})", std::string(300'000, 'x')),
          samples::outcome("value", "not authenticated", "invalid"), std::string("<html>access_token</html>")}) {
        CAPTURE(body.substr(0, 200));
        CHECK_FALSE(parse_token(body));
    }
}
