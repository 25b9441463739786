// HttpPlatform: what goes over the wire, and how one token serves all.
#include "broker/deliver/satusehat/http_platform.h"

#include <doctest/doctest.h>

#include <thread>

#include "tests/broker/deliver/satusehat/samples.h"
#include "tests/support/http_server.h"

using namespace broker::deliver::satusehat;
using support::HttpPeer;
using support::HttpServer;

namespace {

std::string answer(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
const std::string empty_bundle = R"json({"resourceType":"Bundle","type":"searchset","total":0})json";

/// Grants token-1, token-2, …, notes each request, and answers what isn't about tokens with `other`.
class Server {
public:
    explicit Server(std::function<std::string(const std::string& request)> other)
        : server([this, other = std::move(other)](HttpPeer& peer) {
              for (;;) {
                  const std::string request = peer.read_request();
                  server.note(request);
                  if (request.starts_with("POST /oauth2/"))
                      peer.send(answer("200 OK", R"json({"access_token":"token-)json" + std::to_string(++granted) +
                                                     R"json(","expires_in":"3599"})json"));
                  else
                      peer.send(other(request));
              }
          }) {}

    HttpPlatformSettings settings() const {
        const auto origin = broker::http::Url::parse("http://127.0.0.1:" + std::to_string(server.port()));
        REQUIRE(origin);
        HttpPlatformSettings made{{.origin = *origin}, "/oauth2/v1/accesstoken", "/fhir-r4/v1", "", {}};
        made.server.user_agent = "Test/1";
        made.organization = samples::organization;
        made.credentials = [] { return Credentials{"id&1", "secret=2"}; };
        return made;
    }
    std::vector<std::string> requests() const { return server.notes(); }

    std::atomic<int> granted = 0;
    HttpServer server;
};

Answer answer_of(const Heard& heard) {
    REQUIRE(std::holds_alternative<Told>(heard));
    return std::get<Told>(heard).judgement.answer;
}

const broker::SystemClock clock_of_tests;

}  // namespace

TEST_CASE("http platform: a search carries the organization's system and the number, encoded, and a token") {
    Server server([](const std::string&) { return answer("200 OK", empty_bundle); });
    HttpPlatform platform(server.settings(), clock_of_tests);
    CHECK(answer_of(platform.find_orders(samples::number("A +&#1"))) == Answer::as_promised);
    CHECK(answer_of(platform.find_studies(samples::number())) == Answer::as_promised);
    const auto requests = server.requests();
    REQUIRE(requests.size() == 3);
    CHECK(requests[0].starts_with("POST /oauth2/v1/accesstoken?grant_type=client_credentials HTTP/1.1\r\n"));
    CHECK(support::body_of(requests[0]) == "client_id=id%261&client_secret=secret%3D2");
    CHECK(requests[1].find("/ServiceRequest?identifier=http%3A%2F%2Fsys-ids.kemkes.go.id%2Facsn%2F100777001%7C"
                           "A%20%2B%26%231&") != std::string::npos);
    CHECK(requests[1].find("Authorization: Bearer token-1\r\n") != std::string::npos);
    CHECK(requests[2].find("GET /fhir-r4/v1/ImagingStudy?") != std::string::npos);
    CHECK(requests[2].find("token-1") != std::string::npos);
    CHECK(server.server.connection_count() == 1);
}

TEST_CASE("http platform: a token that is refused is replaced once, and the request repeated once") {
    Server server([](const std::string& request) {
        return request.find("token-1") != std::string::npos ? answer("401 Unauthorized", "{}")
                                                            : answer("200 OK", empty_bundle);
    });
    HttpPlatform platform(server.settings(), clock_of_tests);
    CHECK(answer_of(platform.find_orders(samples::number())) == Answer::as_promised);
    CHECK(server.granted == 2);
    CHECK(answer_of(platform.find_orders(samples::number())) == Answer::as_promised);
    CHECK(server.granted == 2);
}

TEST_CASE("http platform: where every token is refused it is said, and nobody is hammered") {
    Server server([](const std::string&) { return answer("401 Unauthorized", "{}"); });
    HttpPlatform platform(server.settings(), clock_of_tests);
    CHECK(answer_of(platform.create_study({{"resourceType", "ImagingStudy"}})) == Answer::unauthorized);
    CHECK(server.granted == 2);
    CHECK(server.requests().size() == 4);
}

TEST_CASE("http platform: refused credentials are no token, and their answer is kept from nobody") {
    HttpServer* at = nullptr;
    HttpServer server([&at](HttpPeer& peer) {
        for (;;) {
            at->note(peer.read_request());
            peer.send(answer("401 Unauthorized", samples::outcome("value", "not able to be authenticated", "invalid")));
        }
    });
    at = &server;
    Server unused([](const std::string&) { return answer("200 OK", "{}"); });
    auto settings = unused.settings();
    settings.server.origin = *broker::http::Url::parse("http://127.0.0.1:" + std::to_string(server.port()));
    HttpPlatform platform(settings, clock_of_tests);
    const Heard heard = platform.find_orders(samples::number());
    CHECK(row_of(answer_of(heard)).course == Course::hold_lane);
    CHECK(server.notes().size() == 1);
}

TEST_CASE("http platform: PUT is the whole resource under its own id, and POST carries none") {
    std::string study = R"json({"resourceType":"ImagingStudy","id":"is-1"})json";
    Server server([&](const std::string& request) {
        return answer(request.starts_with("POST") ? "201 Created" : "200 OK", study);
    });
    HttpPlatform platform(server.settings(), clock_of_tests);
    CHECK(answer_of(platform.create_study({{"resourceType", "ImagingStudy"}})) == Answer::as_promised);
    CHECK(answer_of(platform.replace_study("is-1", {{"resourceType", "ImagingStudy"}})) == Answer::as_promised);
    const auto requests = server.requests();
    CHECK(requests.at(1).find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(support::body_of(requests.at(1)) == R"json({"resourceType":"ImagingStudy"})json");
    CHECK(requests.at(2).starts_with("PUT /fhir-r4/v1/ImagingStudy/is-1 HTTP/1.1\r\n"));
    CHECK(support::body_of(requests.at(2)) == R"json({"resourceType":"ImagingStudy","id":"is-1"})json");
}

TEST_CASE("http platform: a connection that ends after the request left says that it may have arrived, and no secret") {
    HttpServer* at = nullptr;
    HttpServer server([&at](HttpPeer& peer) {
        const std::string request = peer.read_request();
        at->note(request);
        if (!request.starts_with("POST /oauth2/")) return peer.cut();
        peer.send(answer("200 OK", R"json({"access_token":"token-1","expires_in":3599})json"));
        peer.read_request();
        peer.cut();
    });
    at = &server;
    Server unused([](const std::string&) { return answer("200 OK", "{}"); });
    auto settings = unused.settings();
    settings.server.origin = *broker::http::Url::parse("http://127.0.0.1:" + std::to_string(server.port()));
    HttpPlatform platform(settings, clock_of_tests);
    const Heard heard = platform.create_study({{"resourceType", "ImagingStudy"}});
    REQUIRE(std::holds_alternative<Silence>(heard));
    CHECK(std::get<Silence>(heard).may_have_arrived);
    for (const char* secret : {"token-1", "secret", "id%26"})
        CHECK(std::get<Silence>(heard).what.find(secret) == std::string::npos);
}

TEST_CASE("http platform: an interrupt ends what waits, for good") {
    HttpServer* at = nullptr;
    HttpServer server([&at](HttpPeer& peer) {
        at->note(peer.read_request());
        peer.hang();
    });
    at = &server;
    Server unused([](const std::string&) { return answer("200 OK", "{}"); });
    auto settings = unused.settings();
    settings.server.origin = *broker::http::Url::parse("http://127.0.0.1:" + std::to_string(server.port()));
    HttpPlatform platform(settings, clock_of_tests);
    std::jthread stopper([&] {
        CHECK(server.wait_for_notes(1));
        platform.interrupt();
    });
    CHECK(std::holds_alternative<Silence>(platform.find_orders(samples::number())));
    CHECK(std::holds_alternative<Silence>(platform.find_orders(samples::number())));
}
