/// The server's manners: keep-alive, HEAD, tags, headers, errors, and that slow work stops nobody.
#include "web/server.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <semaphore>
#include <thread>

#include "client.h"
#include "rig.h"
#include "web/api/routes.h"
#include "web/error.h"

namespace {

using test::Client;

std::counting_semaphore<64> release_slow(0), release_pictures(0);
std::atomic<int> slow_running = 0, pictures_running = 0;

web::Response answer(std::string body) {
    web::Response response;
    response.content_type = "text/plain";
    response.body = std::move(body);
    return response;
}

web::Response hello(const web::Request&, const web::Deps&) {
    return answer("hello");
}
web::Response slow(const web::Request&, const web::Deps&) {
    ++slow_running;
    release_slow.acquire();
    return answer("slow");
}
web::Response picture(const web::Request&, const web::Deps&) {
    ++pictures_running;
    release_pictures.acquire();
    return answer("picture");
}
web::Response broken(const web::Request&, const web::Deps&) {
    throw std::runtime_error("secret <name>");
}
web::Response full(const web::Request&, const web::Deps&) {
    throw outbox::Error(outbox::Errc::no_space, "the disk is full");
}
web::Response actor(const web::Request& request, const web::Deps&) {
    return answer(request.actor + "|" + request.body);
}

std::vector<web::Route> routes() {
    return {
        {"GET", "/healthz", web::api::healthz, web::Permission::anyone, web::Kind::health},
        {"GET", "/readyz", web::api::readyz, web::Permission::anyone, web::Kind::health},
        {"GET", "/hello", hello, web::Permission::look},
        {"GET", "/slow", slow, web::Permission::look, web::Kind::read, web::Shows::nothing, web::Pace::slow},
        {"GET", "/picture", picture, web::Permission::look, web::Kind::read, web::Shows::nothing, web::Pace::picture},
        {"GET", "/broken", broken, web::Permission::look},
        {"GET", "/full", full, web::Permission::look},
        {"POST", "/act", actor, web::Permission::look, web::Kind::act}};
}

}  // namespace

TEST_CASE("server: a connection serves many requests, up to its limit") {
    web::Limits limits;
    limits.requests_per_connection_max = 3;
    test::Rig rig(routes(), limits);
    Client client(rig.port());
    for (int i = 1; i <= 3; ++i) {
        client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const test::Got got = client.read();
        CHECK(got.status == 200);
        CHECK(got.body == "hello");
        CHECK((got.headers.count("connection") > 0) == (i == 3));
    }
    CHECK(client.is_closed_by_peer());
}

TEST_CASE("server: HTTP/1.0 is answered and closed") {
    test::Rig rig(routes(), {});
    Client client(rig.port());
    client.send("GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n");
    CHECK(client.read().body == "hello");
    CHECK(client.is_closed_by_peer());
}

TEST_CASE("server: HEAD has GET's headers and no body") {
    test::Rig rig(routes(), {});
    Client client(rig.port());
    client.send("HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const test::Got head = client.read(true);
    const test::Got whole = client.read();
    CHECK(head.status == 200);
    CHECK(head.headers == whole.headers);
    CHECK(head.headers.at("content-length") == "5");
    CHECK(whole.body == "hello");
}

TEST_CASE("server: bytes that the peer has already are not sent again") {
    test::Rig rig(routes(), {});
    const test::Got first = test::get(rig.port(), "/hello");
    const std::string tag = first.headers.at("etag");
    const test::Got again = test::get(rig.port(), "/hello", "If-None-Match: " + tag + "\r\n");
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    CHECK(again.headers.at("etag") == tag);
    CHECK_FALSE(again.headers.contains("content-length"));
    CHECK(test::get(rig.port(), "/hello", "If-None-Match: \"other\"\r\n").status == 200);
}

TEST_CASE("server: every answer carries the security headers, errors included") {
    test::Rig rig(routes(), {});
    for (const char* target : {"/hello", "/nope", "/healthz", "/broken"}) {
        const test::Got got = test::get(rig.port(), target);
        CHECK(got.headers.at("x-content-type-options") == "nosniff");
        CHECK(got.headers.at("referrer-policy") == "no-referrer");
        CHECK(got.headers.at("cache-control") == "no-store");
        CHECK(got.headers.at("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
        CHECK(got.headers.at("date") == "Thu, 15 Jan 2026 08:30:00 GMT");
    }
}

TEST_CASE("server: failures are problems that give nothing away, and say when it is worth asking again") {
    test::Rig rig(routes(), {});
    const test::Got got = test::get(rig.port(), "/broken");
    CHECK(got.status == 500);
    CHECK(got.headers.at("content-type") == "application/problem+json");
    CHECK(got.body.find("secret") == std::string::npos);
    CHECK(test::get(rig.port(), "/full").status == 503);
    const test::Got wrong = test::post(rig.port(), "/hello", "{}");
    CHECK(wrong.status == 405);
    CHECK(wrong.headers.at("allow") == "GET, HEAD");
    CHECK(test::get(rig.port(), "/nope").status == 404);
}

TEST_CASE("server: health and quick questions are answered while slow ones fill their threads") {
    web::Limits limits;
    limits.handlers = 2;
    test::Rig rig(routes(), limits);
    slow_running = 0;
    std::vector<std::unique_ptr<Client>> waiting;
    for (int i = 0; i < 8; ++i) {
        waiting.push_back(std::make_unique<Client>(rig.port()));
        waiting.back()->send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    for (int i = 0; i < 20; ++i) {
        CHECK(test::get(rig.port(), "/healthz").status == 200);
        CHECK(test::get(rig.port(), "/hello").status == 200);
    }
    CHECK(slow_running <= 1);
    release_slow.release(8);
    for (const auto& client : waiting) CHECK(client->read().body == "slow");
}

TEST_CASE("server: slow work and pictures fill their own threads and none of each other's, whichever came first") {
    for (const std::size_t handlers : {1, 2, 4, 8}) {
        CAPTURE(handlers);
        web::Limits limits;
        limits.handlers = handlers;
        test::Rig rig(routes(), limits);
        const int share = std::max(1, static_cast<int>(handlers / 2));
        slow_running = pictures_running = 0;
        std::vector<std::unique_ptr<Client>> waiting;
        const auto ask = [&](const std::string& target) {
            for (int i = 0; i < 8; ++i) {
                waiting.push_back(std::make_unique<Client>(rig.port()));
                waiting.back()->send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
        };
        ask("/picture");
        while (pictures_running < share) std::this_thread::yield();
        ask("/slow");
        while (slow_running < share) std::this_thread::yield();
        for (int i = 0; i < 20; ++i) CHECK(test::get(rig.port(), "/hello").status == 200);
        CHECK(pictures_running == share);
        CHECK(slow_running == share);
        release_slow.release(8);
        release_pictures.release(8);
        for (const auto& client : waiting) CHECK(client->read().status == 200);
    }
}

TEST_CASE("server: readyz follows whether instances are taken, healthz doesn't") {
    test::Rig rig(routes(), {});
    CHECK(test::get(rig.port(), "/readyz").status == 200);
    rig.broker.is_accepting = false;
    const test::Got got = test::get(rig.port(), "/readyz");
    CHECK(got.status == 503);
    CHECK(got.body.find("the disk is full") != std::string::npos);
    CHECK(test::get(rig.port(), "/healthz").status == 200);
}

TEST_CASE("server: a body may come in chunks, and after 100-continue") {
    test::Rig rig(routes(), {});
    Client client(rig.port());
    client.send(
        "POST /act HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\n{}\r\n1;ext=1\r\n \r\n0\r\n\r\n");
    CHECK(client.read().body == "open:127.0.0.1|{} ");
    client.send(
        "POST /act HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: "
        "100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(client.read(true).status == 100);
    client.send("{}");
    CHECK(client.read().body == "open:127.0.0.1|{}");
}

TEST_CASE("server: the gate stands before every handler") {
    test::Rig rig(routes(), {});
    CHECK(test::post(rig.port(), "/act", "{}").status == 200);
    CHECK(test::post(rig.port(), "/act", "{}", "Origin: http://evil.example\r\n").status == 403);
    CHECK(test::post(rig.port(), "/act", "{}", "Sec-Fetch-Site: cross-site\r\n").status == 403);
    CHECK(test::get(rig.port(), "/hello", "X-Forwarded-For: 1.2.3.4\r\n").status == 403);
    CHECK(test::get(rig.port(), "/hello", "Forwarded: for=1.2.3.4\r\n").status == 403);
    Client rebound(rig.port());
    rebound.send("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    CHECK(rebound.read().status == 403);
}

TEST_CASE("server: open access is refused on an address that others reach, before anything listens") {
    support::TempFolder folder;
    const test::SetBroker broker;
    web::ServerSettings settings;
    settings.address = "0.0.0.0";
    settings.access = web::Access::open;
    settings.database = folder.path() / "outbox.db";
    CHECK_THROWS_AS(web::Server(settings, web::Running{broker}, [] { return test::now; }), web::Error);
}

TEST_CASE("server: an address in use is said, and the failed start leaves nothing listening") {
    test::Rig rig(routes(), {});
    web::ServerSettings settings;
    settings.port = rig.port();
    settings.socket = rig.folder.path() / "other.sock";
    settings.access = web::Access::open;
    settings.database = rig.database();
    web::Server second(settings, web::Running{rig.broker}, [] { return test::now; });
    try {
        second.start();
        FAIL("started on an address in use");
    } catch (const web::Error& error) {
        CHECK(error.code() == web::Errc::in_use);
    }
    CHECK_FALSE(std::filesystem::exists(settings.socket));
    second.stop();
}

TEST_CASE("server: stop answers what is being asked, is idempotent, and may come before start") {
    auto rig = std::make_unique<test::Rig>(routes(), web::Limits{});
    slow_running = 0;
    Client asking(rig->port()), idle(rig->port());
    asking.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (slow_running == 0) std::this_thread::yield();
    auto stopped = std::async(std::launch::async, [&] { rig->server->stop(); });
    CHECK(idle.is_closed_by_peer());
    release_slow.release();
    CHECK(asking.read().body == "slow");
    CHECK(asking.is_closed_by_peer());
    stopped.get();
    rig->server->stop();
    web::ServerSettings settings;
    settings.port = 0;
    settings.database = rig->database();
    web::Server never(settings, web::Running{rig->broker}, [] { return test::now; });
    never.stop();
    CHECK(never.port() == 0);
}
