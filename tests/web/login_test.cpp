/// Logging in and out, the first admin, users and tokens, over HTTP.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <string>

#include "outbox/views.h"
#include "tests/web/client.h"
#include "tests/web/rig.h"
#include "web/events.h"
#include "web/password.h"

namespace {

using test::Got;
using test::Rig;

constexpr const char* password = "correct horse battery";

/// A server where people log in, with a user of each role whose name is the role's.
struct House {
    House() {
        const auto hash = web::hash_password(password);
        REQUIRE(hash);
        for (const char* role : {"viewer", "operator", "auditor", "admin"})
            rig.accounts.add_user({role, outbox::parse_role(role).value(), *hash}, {"local:root", ""});
    }

    Got post(const std::string& target, const std::string& body, const std::string& more = "") const {
        return test::post(rig.port(), target, body, more);
    }
    Got log_in(const std::string& name, const std::string& with = password) const {
        return post("/login", R"({"name":")" + name + R"(","password":")" + with + "\"}");
    }
    /// The header that brings the session of somebody who logs in now.
    std::string session(const std::string& name) const {
        const Got got = log_in(name);
        REQUIRE(got.status == 200);
        return cookie_of(got);
    }
    static std::string cookie_of(const Got& got) {
        const std::string set = got.headers.at("set-cookie");
        return "Cookie: " + set.substr(0, set.find(';')) + "\r\n";
    }
    Got get(const std::string& target, const std::string& more) const { return test::get(rig.port(), target, more); }
    std::vector<outbox::HistoryRow> history(const std::string& event) const {
        outbox::HistoryFilter filter;
        filter.event = event;
        return outbox::Views(rig.database()).history(filter, std::nullopt, 100).rows;
    }

    Rig rig{web::Access::users};
};

/// As a browser of ours sends it with what acts.
const std::string same_origin = "Sec-Fetch-Site: same-origin\r\n";

std::string text_of(const Got& got, const char* member) {
    return std::string(boost::json::parse(got.body).at(member).as_string());
}

}  // namespace

TEST_CASE("login: who knows the password has a session, and the history has them") {
    const House house;
    const Got got = house.log_in("operator");
    REQUIRE(got.status == 200);
    CHECK(text_of(got, "role") == "operator");
    const std::string set = got.headers.at("set-cookie");
    for (const char* word : {"session=", "; Path=/", "; HttpOnly", "; SameSite=Strict"})
        CHECK(set.find(word) != std::string::npos);
    const Got node = house.get("/api/v1/node", House::cookie_of(got));
    REQUIRE(node.status == 200);
    CHECK(text_of(node, "actor") == "user:operator");
    CHECK(text_of(node, "role") == "operator");
    CHECK(text_of(node, "user") == "operator");
    const auto rows = house.history("logged_in");
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().actor == "user:operator");
    CHECK(rows.front().detail == R"({"user":"operator","address":"127.0.0.1"})");
}

TEST_CASE("login: a wrong password and a wrong name get the same answer, and neither is kept") {
    const House house;
    const Got wrong = house.log_in("admin", "wrong horse battery"), nobody = house.log_in("hunter2 is my password");
    CHECK(wrong.status == 401);
    CHECK(nobody.status == 401);
    CHECK(wrong.body == nobody.body);
    CHECK(wrong.headers.count("set-cookie") == 0);
    std::string all;
    for (const auto& each : house.history("login_failed")) all += each.detail;
    CHECK(all.find("admin") != std::string::npos);
    CHECK(all.find("horse") == std::string::npos);
    CHECK(all.find("hunter2") == std::string::npos);
}

TEST_CASE("login: a name's letters may be typed large, and nobody's name has any") {
    const House house;
    CHECK(house.log_in("Operator").status == 200);
    const std::string admin = house.session("ADMIN") + same_origin;
    CHECK(house.post("/api/v1/users", R"({"name":"Eve","role":"viewer","password":"twelve letters"})", admin).status ==
          400);
}

TEST_CASE("login: who guesses too often must wait, with the right password, too") {
    const House house;
    for (int each = 0; each < 5; ++each) CHECK(house.log_in("admin", "wrong horse battery").status == 401);
    const Got got = house.log_in("admin");
    CHECK(got.status == 429);
    CHECK(std::stoi(got.headers.at("retry-after")) > 0);
    CHECK(house.log_in("viewer").status == 200);
}

TEST_CASE("login: without a session, or with one that is none, everything but pages and health is 401") {
    const House house;
    for (const std::string& header :
         {std::string(), std::string("Cookie: session=\r\n"), "Cookie: session=" + std::string(43, 'A') + "\r\n",
          std::string("Cookie: other=1\r\n"), std::string("Authorization: Bearer x\r\n"),
          std::string("Authorization: Basic YWRtaW46YWRtaW4=\r\n"), std::string("Authorization: Bearer\r\n")}) {
        CAPTURE(header);
        CHECK(house.get("/api/v1/status", header).status == 401);
        CHECK(house.get("/healthz", header).status == 200);
        CHECK(house.get("/", header).status == 200);
    }
    const Got got = house.get("/api/v1/status", "");
    CHECK(got.headers.at("www-authenticate") == "Bearer");
}

TEST_CASE("login: a session given twice is none: nobody can say which is ours") {
    const House house;
    const std::string one = house.session("admin"), other = house.session("viewer");
    CHECK(house.get("/api/v1/node", one).status == 200);
    CHECK(house.get("/api/v1/node", one + other).status == 401);
    CHECK(house.get("/api/v1/node", "Cookie: a=1; " + one.substr(8)).status == 200);
}

TEST_CASE("login: a secret of before is not taken over, and after logging out it opens nothing") {
    const House house;
    const std::string planted = "Cookie: session=" + std::string(43, 'A') + "\r\n";
    const Got got =
        house.post("/login", R"({"name":"admin","password":"correct horse battery"})", planted + same_origin);
    REQUIRE(got.status == 200);
    const std::string mine = House::cookie_of(got);
    CHECK(mine != planted);
    CHECK(house.get("/api/v1/node", planted).status == 401);
    const Got out = house.post("/logout", "{}", mine + same_origin);
    CHECK(out.status == 200);
    CHECK(out.headers.at("set-cookie").find("Max-Age=0") != std::string::npos);
    CHECK(house.get("/api/v1/node", mine).status == 401);
    CHECK(house.history("logged_out").size() == 1);
}

TEST_CASE("login: logging in again from the same browser ends the session of before") {
    const House house;
    const std::string first = house.session("viewer");
    const Got got = house.post("/login", R"({"name":"admin","password":"correct horse battery"})", first + same_origin);
    REQUIRE(got.status == 200);
    CHECK(house.get("/api/v1/node", first).status == 401);
    CHECK(house.get("/api/v1/node", House::cookie_of(got)).status == 200);
}

TEST_CASE("login: an acting call with a session must come from our own page") {
    const House house;
    const std::string mine = house.session("operator");
    const auto act = [&](const std::string& more) {
        return house.post("/api/v1/destinations/pacs-a/pause", R"({"reason":"test"})", mine + more).status;
    };
    CHECK(act("") == 403);
    CHECK(act("Origin: http://evil.example\r\n") == 403);
    CHECK(act("Origin: null\r\n") == 403);
    CHECK(act("Sec-Fetch-Site: cross-site\r\n") == 403);
    CHECK(act("Sec-Fetch-Site: same-site\r\n") == 403);
    CHECK(act("Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.example\r\n") == 403);
    CHECK(outbox::Views(house.rig.database()).destination("pacs-a")->paused_at == std::nullopt);
    CHECK(act("Origin: http://localhost\r\n") == 200);
    CHECK(act(same_origin) == 200);
    CHECK(house.rig.act.last_actor() == "user:operator");
}

TEST_CASE("login: one's own password, with the old one; every other browser is out") {
    const House house;
    const std::string here = house.session("auditor"), there = house.session("auditor");
    const auto change = [&](const std::string& old, const std::string& fresh) {
        return house.post("/password", R"({"old":")" + old + R"(","password":")" + fresh + "\"}", here + same_origin);
    };
    CHECK(change("wrong horse battery", "another horse battery").status == 400);
    CHECK(change(password, "short").status == 400);
    const Got got = change(password, "another horse battery");
    REQUIRE(got.status == 200);
    CHECK(house.get("/api/v1/node", there).status == 401);
    CHECK(house.get("/api/v1/node", here).status == 401);
    CHECK(house.get("/api/v1/node", House::cookie_of(got)).status == 200);
    CHECK(house.log_in("auditor").status == 401);
    CHECK(house.log_in("auditor", "another horse battery").status == 200);
}

TEST_CASE("setup: the link makes the first admin, once") {
    Rig rig(web::Access::users);
    const std::string link = rig.server->open_setup();
    const auto set_up = [&](const std::string& token, const std::string& name, const std::string& with) {
        return test::post(rig.port(), "/setup",
                          R"({"token":")" + token + R"(","name":")" + name + R"(","password":")" + with + "\"}");
    };
    CHECK(set_up("guess", "mallory", password).status == 403);
    CHECK(set_up("", "mallory", password).status == 403);
    CHECK(set_up(link, "", password).status == 400);
    CHECK(set_up(link, "a b", password).status == 400);
    CHECK(set_up(link, "admin", "short").status == 400);
    const Got got = set_up(link, "admin", password);
    REQUIRE(got.status == 200);
    CHECK(test::get(rig.port(), "/api/v1/users", House::cookie_of(got)).status == 200);
    CHECK(set_up(link, "mallory", password).status == 403);
    // Another link finds that there are users.
    CHECK(set_up(rig.server->open_setup(), "mallory", password).status == 409);
    CHECK(outbox::Views(rig.database()).users().size() == 1);
}

TEST_CASE("users: an admin adds, changes and removes them; whoever is removed is out at once") {
    const House house;
    const std::string admin = house.session("admin") + same_origin;
    CHECK(house.post("/api/v1/users", R"({"name":"eve","role":"viewer","password":"twelve letters"})", admin).status ==
          200);
    CHECK(house.post("/api/v1/users", R"({"name":"eve","role":"admin","password":"twelve letters"})", admin).status ==
          409);
    for (const char* body : {R"({"name":"x y","role":"viewer","password":"twelve letters"})",
                             R"({"name":"z","role":"monitor","password":"twelve letters"})",
                             R"({"name":"..","role":"viewer","password":"twelve letters"})",
                             R"({"name":"z","role":"root","password":"twelve letters"})",
                             R"({"name":"z","role":"viewer","password":"short"})", R"({"name":"z","role":"viewer"})",
                             R"({"name":"z","role":"viewer","password":"twelve letters","more":1})"})
        CHECK(house.post("/api/v1/users", body, admin).status == 400);
    const Got eve = house.log_in("eve", "twelve letters");
    REQUIRE(eve.status == 200);
    CHECK(house.post("/api/v1/users/eve/password", R"({"password":"other letters"})", admin).status == 200);
    CHECK(house.get("/api/v1/node", House::cookie_of(eve)).status == 401);
    const Got again = house.log_in("eve", "other letters");
    REQUIRE(again.status == 200);
    CHECK(house.post("/api/v1/users/eve/remove", "{}", admin).status == 200);
    CHECK(house.get("/api/v1/node", House::cookie_of(again)).status == 401);
    CHECK(house.log_in("eve", "other letters").status == 401);
    CHECK(house.post("/api/v1/users/eve/remove", "{}", admin).status == 404);
    const Got list = house.get("/api/v1/users", admin);
    CHECK(list.body.find("scrypt") == std::string::npos);
    CHECK(boost::json::parse(list.body).at("items").as_array().size() == 4);
}

TEST_CASE("tokens: shown once, for one role, until they expire or are removed") {
    const House house;
    const std::string admin = house.session("admin") + same_origin;
    const Got made = house.post("/api/v1/tokens", R"({"name":"grafana","role":"monitor","expires_in":"30d"})", admin);
    REQUIRE(made.status == 200);
    const std::string token = text_of(made, "token");
    CHECK(token.starts_with("dbt_"));
    const std::string bearer = "Authorization: Bearer " + token + "\r\n";
    CHECK(house.get("/api/v1/status", bearer).status == 200);
    CHECK(house.get("/api/v1/studies", bearer).status == 403);
    CHECK(house.get("/api/v1/status", "Authorization: Bearer " + token + "x\r\n").status == 401);
    CHECK(house.get("/api/v1/tokens", admin).body.find(token.substr(4)) == std::string::npos);
    CHECK(house.post("/api/v1/tokens", R"({"name":"grafana","role":"monitor"})", admin).status == 409);
    for (const char* body :
         {R"({"name":"","role":"monitor"})", R"({"name":"x","role":"god"})", R"({"name":"x\ny","role":"monitor"})",
          R"({"name":"\u0000","role":"monitor"})", R"({"name":"x","role":"monitor","expires_in":"9999d"})",
          R"({"name":"x","role":"monitor","expires_in":"0s"})"})
        CHECK(house.post("/api/v1/tokens", body, admin).status == 400);
    const auto id = boost::json::parse(made.body).at("id").as_int64();
    CHECK(house.post("/api/v1/tokens/" + std::to_string(id) + "/remove", "{}", admin).status == 200);
    CHECK(house.get("/api/v1/status", bearer).status == 401);
}

TEST_CASE("tokens: a program that acts with one needs no page, and is the actor") {
    const House house;
    const std::string admin = house.session("admin") + same_origin;
    const Got made = house.post("/api/v1/tokens", R"({"name":"script","role":"operator"})", admin);
    const std::string bearer = "Authorization: Bearer " + text_of(made, "token") + "\r\n";
    CHECK(house.post("/api/v1/destinations/pacs-a/pause", R"({"reason":"test"})", bearer).status == 200);
    CHECK(house.rig.act.last_actor() == "token:script");
    CHECK(
        house.post("/api/v1/destinations/pacs-a/pause", R"({"reason":"x"})", bearer + "Origin: http://evil.example\r\n")
            .status == 403);
}

TEST_CASE("looks: whoever is logged in leaves one row per study, whatever of it they look at, and one per list") {
    House house;
    house.rig.receive({});
    const std::string viewer = house.session("viewer");
    for (int each = 0; each < 3; ++each) {
        CHECK(house.get("/api/v1/studies/1.2.3", viewer).status == 200);
        CHECK(house.get("/api/v1/studies?patient=123", viewer).status == 200);
    }
    CHECK(house.get("/dicom-web/studies/1.2.3/thumbnail", viewer).status == 200);
    CHECK(house.get("/api/v1/studies/9.9.9", viewer).status == 404);
    const auto rows = house.history("looked");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].detail == R"({"what":"/api/v1/studies","study":"","filters":"patient"})");
    CHECK(rows[1].detail == R"({"what":"/api/v1/studies/{uid}","study":"1.2.3","filters":""})");
    CHECK(rows[1].instance.has_value());
    // Another person's look is another look; so is another search.
    CHECK(house.get("/api/v1/studies/1.2.3", house.session("auditor")).status == 200);
    CHECK(house.get("/api/v1/studies?patient=124", viewer).status == 200);
    CHECK(house.history("looked").size() == 4);
}

TEST_CASE(
    "looks: counts are nobody's data; the machine's own users leave no row; on a full disk people look all the same") {
    House house;
    house.rig.receive({});
    const std::string admin = house.session("admin");
    CHECK(house.get("/api/v1/status", admin).status == 200);
    CHECK(house.history("looked").empty());
    test::Client local(house.rig.socket());
    local.send("GET /api/v1/studies/1.2.3 HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(local.read().status == 200);
    CHECK(house.history("looked").empty());
    house.rig.accounts.is_full = true;
    CHECK(house.get("/api/v1/studies/1.2.3", admin).status == 200);
    CHECK(house.history("looked").empty());
    house.rig.accounts.is_full = false;
    CHECK(house.get("/api/v1/studies/1.2.3", admin).status == 200);
    CHECK(house.history("looked").size() == 1);
}

TEST_CASE("login: where access is open, or over the socket, nobody logs in") {
    const Rig rig;
    CHECK(test::post(rig.port(), "/login", R"({"name":"a","password":"b"})").status == 409);
    CHECK(test::post(rig.port(), "/setup", R"({"token":"x","name":"a","password":"b"})").status == 409);
    CHECK(test::post(rig.port(), "/password", R"({"old":"x","password":"b"})").status == 409);
}

TEST_CASE("tokens: one that a token made is its user's, and ends with them") {
    const House house;
    const std::string admin = house.session("admin") + same_origin;
    house.post("/api/v1/users", R"({"name":"eve","role":"admin","password":"twelve letters"})", admin);
    const Got eve = house.log_in("eve", "twelve letters");
    const Got first =
        house.post("/api/v1/tokens", R"({"name":"one","role":"admin"})", House::cookie_of(eve) + same_origin);
    const std::string bearer = "Authorization: Bearer " + text_of(first, "token") + "\r\n";
    const Got second = house.post("/api/v1/tokens", R"({"name":"two","role":"admin"})", bearer);
    REQUIRE(second.status == 200);
    CHECK(text_of(second, "user") == "eve");
    CHECK(house.post("/api/v1/users/eve/remove", "{}", admin).status == 200);
    CHECK(house.get("/api/v1/node", "Authorization: Bearer " + text_of(second, "token") + "\r\n").status == 401);
}

TEST_CASE("looks: what is no filter's name is in no row") {
    House house;
    const std::string viewer = house.session("viewer");
    CHECK(house.get("/api/v1/studies?DOE%5EJANE=1", viewer).status == 400);
    CHECK(house.get("/api/v1/studies?DOE%5EJOHN=1", viewer).status == 400);
    const auto rows = house.history("looked");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].detail == R"({"what":"/api/v1/studies","study":"","filters":""})");
}

TEST_CASE("login: with a full disk people log in and out all the same") {
    House house;
    house.rig.accounts.is_full = true;
    const Got got = house.log_in("admin");
    REQUIRE(got.status == 200);
    CHECK(house.post("/logout", "{}", House::cookie_of(got) + same_origin).status == 200);
    CHECK(house.log_in("admin", "wrong horse battery").status == 401);
    house.rig.accounts.is_full = false;
    CHECK(house.history("logged_in").empty());
}

TEST_CASE("login: the stream of events is never an answer without a body") {
    const House house;
    const std::string admin = house.session("admin");
    test::Client client(house.rig.port());
    client.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: *\r\n" + admin + "\r\n");
    CHECK(client.read_some().starts_with("HTTP/1.1 200"));
}
