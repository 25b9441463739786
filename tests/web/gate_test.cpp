/// Who may pass before any handler: hosts, forwarding, access, forgery.
#include "web/gate.h"

#include <doctest/doctest.h>

namespace {

using web::Access;
using web::Kind;

web::Response nothing(const web::Request&, const web::Deps&) {
    return {};
}

const web::Route health{"GET", "/healthz", nothing, web::Permission::anyone, Kind::health};
const web::Route read_route{"GET", "/api", nothing, web::Permission::look, Kind::read};
const web::Route act_route{"POST", "/api", nothing, web::Permission::look, Kind::act};

using Headers = std::vector<std::pair<std::string, std::string>>;

web::Request from_tcp(Headers headers) {
    web::Request request;
    request.peer = {false, "127.0.0.1", 0};
    request.headers = std::move(headers);
    return request;
}

unsigned status(const web::Request& request, const web::Route* route, Access access = Access::open) {
    const auto refusal = web::refuse(request, route, {access, "127.0.0.1"});
    return refusal ? refusal->status : 200;
}

}  // namespace

TEST_CASE("gate: the Host must be one that means this machine") {
    for (const char* host :
         {"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "127.1.2.3", "[::1]", "[::1]:80"})
        CHECK(status(from_tcp({{"host", host}}), &read_route) == 200);
    for (const char* host :
         {"", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.5",
          "localhost:", "localhost:x", "localhost:8080:1", "127.0.0.1@evil", "[::1", "[::2]", "127.", "127.0.0."})
        CHECK(status(from_tcp({{"host", host}}), &read_route) == 403);
    CHECK(web::is_our_host("10.0.0.5:80", {Access::open, "10.0.0.5"}));
}

TEST_CASE("gate: where people log in, any address is this machine's, and a name only where somebody gave it") {
    const web::Door door{Access::users, "0.0.0.0", {"bridge.rs-contoh.example"}, true};
    for (const char* host : {"10.0.0.5", "10.0.0.5:8443", "[fd00::5]:8443", "bridge.rs-contoh.example",
                             "Bridge.RS-Contoh.example:8443", "localhost"})
        CHECK(web::is_our_host(host, door));
    for (const char* host : {"evil.example", "rs-contoh.example", "bridge.rs-contoh.example.evil.example",
                             "10.0.0.5.evil", "0x0a000005", "bridge.rs-contoh.example:", ""})
        CHECK_FALSE(web::is_our_host(host, door));
}

TEST_CASE("gate: access users answers strangers 401 for everything, known or not, but health") {
    const auto request = from_tcp({{"host", "localhost"}, {"content-type", "application/json"}});
    CHECK(status(request, &read_route, Access::users) == 401);
    CHECK(status(request, &act_route, Access::users) == 401);
    CHECK(status(request, nullptr, Access::users) == 401);
    CHECK(status(request, &health, Access::users) == 200);
}

TEST_CASE("gate: the Unix socket needs neither Host nor login") {
    web::Request request = from_tcp({{"content-type", "application/json"}});
    request.peer = {true, "", 0};
    CHECK(status(request, &read_route, Access::users) == 200);
    CHECK(status(request, &act_route, Access::users) == 200);
    request.headers.clear();
    CHECK(status(request, &act_route, Access::users) == 415);
}

TEST_CASE("gate: under open access a forwarded request is refused") {
    for (const char* name : {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-anything"})
        CHECK(status(from_tcp({{"host", "localhost"}, {name, "10.0.0.1"}}), &read_route) == 403);
    CHECK(status(from_tcp({{"host", "localhost"}, {"x-forwardedly", "1"}}), &read_route) == 200);
}

TEST_CASE("gate: an acting call from another page is refused") {
    const Headers base = {{"host", "localhost:8080"}, {"content-type", "application/json; charset=utf-8"}};
    const auto with = [&](Headers more) {
        more.insert(more.end(), base.begin(), base.end());
        return status(from_tcp(more), &act_route);
    };
    CHECK(with({}) == 200);
    CHECK(with({{"origin", "http://localhost:8080"}, {"sec-fetch-site", "same-origin"}}) == 200);
    CHECK(with({{"origin", "http://evil.example"}}) == 403);
    CHECK(with({{"origin", "http://localhost:9999"}}) == 403);
    CHECK(with({{"origin", "https://localhost:8080"}}) == 403);
    CHECK(with({{"origin", "null"}}) == 403);
    CHECK(with({{"sec-fetch-site", "cross-site"}}) == 403);
    CHECK(with({{"sec-fetch-site", "same-site"}}) == 403);
    CHECK(with({{"sec-fetch-site", "none"}}) == 200);
}

TEST_CASE("gate: our own page is one under TLS, and behind a proxy that took it off; without TLS it is none of ours") {
    const auto ask = [](const std::string& origin, const web::Door& door) {
        const auto request = from_tcp({{"host", "bridge.example"},
                                       {"content-type", "application/json"},
                                       {"authorization", "Bearer x"},
                                       {"origin", origin}});
        return web::refuse(request, &act_route, door).has_value() ? 403 : 200;
    };
    const web::Door encrypted{Access::users, "0.0.0.0", {"bridge.example"}, true};
    const web::Door plain{Access::users, "127.0.0.1", {"bridge.example"}};
    CHECK(ask("https://bridge.example", encrypted) == 200);
    CHECK(ask("http://bridge.example", encrypted) == 403);
    CHECK(ask("https://bridge.example", plain) == 200);
    CHECK(ask("http://bridge.example", plain) == 200);
    CHECK(ask("https://evil.example", plain) == 403);
    CHECK(ask("https://bridge.example.evil.example", encrypted) == 403);
}

TEST_CASE("gate: an acting call must say that its body is JSON, which a form cannot") {
    for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                             "application/jsonx", "text/plain; application/json"})
        CHECK(status(from_tcp({{"host", "localhost"}, {"content-type", type}}), &act_route) == 415);
    CHECK(status(from_tcp({{"host", "localhost"}}), &act_route) == 415);
    CHECK(status(from_tcp({{"host", "localhost"}, {"content-type", "Application/JSON"}}), &act_route) == 200);
}

TEST_CASE("gate: loopback is what only this machine reaches") {
    for (const char* address : {"127.0.0.1", "127.255.0.9", "::1"}) CHECK(web::is_loopback(address));
    for (const char* address : {"0.0.0.0", "10.0.0.1", "::", "128.0.0.1", "127.0.0.1.example", ""})
        CHECK_FALSE(web::is_loopback(address));
}
