// Requests and responses over connections that are kept, found dead, or not kept.
#include "tests/broker/http/rig.h"

using namespace http_rig;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

/// Answers every request of a connection with the same, and notes them.
HttpServer::Script answering(HttpServer*& server, const std::string& answer) {
    return [&server, answer](HttpPeer& peer) {
        for (;;) {
            server->note(peer.read_request());
            peer.send(answer);
        }
    };
}

}  // namespace

TEST_CASE("http client: a request arrives as it was meant, and the response comes back whole") {
    HttpServer* at = nullptr;
    HttpServer server(answering(at, "HTTP/1.1 201 Created\r\nLocation: /x\r\nContent-Length: 4\r\n\r\nbody"));
    at = &server;
    http::Request request = post("{}", "/ImagingStudy?x=%7C");
    request.headers.add("Content-Type", "application/fhir+json");
    const http::Response response = response_of(perform(options_for(server.port()), request));
    CHECK(response.status == 201);
    CHECK(response.headers.find("location") == "/x");
    CHECK(response.body == "body");
    CHECK_FALSE(response.is_early);
    CHECK_FALSE(response.ends_with_connection);
    CHECK(server.notes().at(0) ==
          "POST /ImagingStudy?x=%7C HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
              "\r\nUser-Agent: Test/1\r\nAccept-Encoding: identity\r\nContent-Type: "
              "application/fhir+json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST_CASE("http client: a connection is used again, and closed in peace when the client goes") {
    std::atomic<bool> ended_in_peace = false;
    HttpServer server([&](HttpPeer& peer) {
        for (int i = 0; i < 3; ++i) {
            peer.read_request();
            peer.send(ok);
        }
        ended_in_peace = peer.read_to_end() == "";
        server.note("over");
    });
    {
        http::Client client(options_for(server.port()));
        const http::Interrupt interrupt;
        for (int i = 0; i < 3; ++i) {
            CHECK(response_of(client.perform(i == 1 ? post("x") : get(), interrupt)).body == "ok");
            CHECK(client.kept_count() == 1);
        }
    }
    CHECK(server.wait_for_notes(1));
    CHECK(ended_in_peace);
    CHECK(server.connection_count() == 1);
}

TEST_CASE("http client: a connection isn't used again where the response says, or leaves room for doubt") {
    for (const std::string& answer :
         {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"s,
          "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"s,
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"s}) {
        CAPTURE(answer);
        HttpServer server([&](HttpPeer& peer) {
            for (;;) {
                peer.read_request();
                peer.send(answer);
            }
        });
        http::Client client(options_for(server.port()));
        const http::Interrupt interrupt;
        for (int i = 0; i < 2; ++i) CHECK(response_of(client.perform(get(), interrupt)).body == "ok");
        CHECK(client.kept_count() == 0);
        CHECK(server.connection_count() == 2);
    }
}

TEST_CASE("http client: a connection that isn't kept after a whole response ends in peace, too") {
    HttpServer server([&](HttpPeer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        server.note(peer.read_to_end() == "" ? "peace" : "reset");
    });
    CHECK(response_of(perform(options_for(server.port()), get())).body == "ok");
    REQUIRE(server.wait_for_notes(1));
    CHECK(server.notes()[0] == "peace");
}

TEST_CASE("http client: what comes on a kept connection before anything was asked is never an answer") {
    Gate sent;
    HttpServer server([&](HttpPeer& peer) {
        peer.read_request();
        peer.send(ok);
        if (server.connection_count() == 1) {
            server.note("answered");
            sent.wait();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
            server.note("evil");
        }
        peer.hang();
    });
    http::Client client(options_for(server.port()));
    const http::Interrupt interrupt;
    CHECK(response_of(client.perform(get(), interrupt)).body == "ok");
    REQUIRE(server.wait_for_notes(1));
    sent.open();
    REQUIRE(server.wait_for_notes(2));
    CHECK(response_of(client.perform(post("x"), interrupt)).body == "ok");
    CHECK(server.connection_count() == 2);
}

TEST_CASE("http client: a kept connection that the server closed is replaced before anything is sent") {
    HttpServer server([&](HttpPeer& peer) {
        peer.read_request();
        peer.send(ok);
        peer.finish();
        server.note("closed");
        peer.hang();
    });
    http::Client client(options_for(server.port()));
    const http::Interrupt interrupt;
    CHECK(response_of(client.perform(post("x"), interrupt)).body == "ok");
    REQUIRE(server.wait_for_notes(1));
    CHECK(response_of(client.perform(post("x"), interrupt)).body == "ok");
    CHECK(server.connection_count() == 2);
}

TEST_CASE("http client: a kept connection that dies under a request is replaced once, where twice does no harm") {
    const auto dies_at_the_second = [](HttpServer& server, HttpPeer& peer) {
        peer.read_request();
        if (server.connection_count() == 1) {
            peer.send(ok);
            peer.read_request();
            return;
        }
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
        peer.hang();
    };
    const auto second_outcome = [&](const http::Request& request, int& connections) {
        HttpServer server([&](HttpPeer& peer) { dies_at_the_second(server, peer); });
        http::Client client(options_for(server.port()));
        const http::Interrupt interrupt;
        CHECK(response_of(client.perform(get(), interrupt)).body == "ok");
        Outcome outcome = client.perform(request, interrupt);
        connections = server.connection_count();
        return outcome;
    };
    int connections = 0;
    CHECK(response_of(second_outcome(get(), connections)).body == "new");
    CHECK(connections == 2);
    http::Request head = get();
    head.method = http::Method::head;
    CHECK(response_of(second_outcome(head, connections)).status == 200);
    Pattern source(100);
    http::Request repeatable = put(source);
    repeatable.is_repeatable = true;
    CHECK(response_of(second_outcome(repeatable, connections)).body == "new");
    CHECK(source.rewind_count() == 2);
    for (const http::Request& once : {post("x"), put(source)}) {
        CHECK(words(second_outcome(once, connections)) == "lost (the request had left)");
        CHECK(connections == 1);
    }
}

TEST_CASE("http client: a new connection that dies is not replaced, nor one that dies with a response begun") {
    HttpServer at_once([&](HttpPeer& peer) { peer.read_request(); });
    CHECK(words(perform(options_for(at_once.port()), get())) == "lost (the request had left)");
    CHECK(at_once.connection_count() == 1);

    HttpServer in_the_middle([&](HttpPeer& peer) {
        peer.read_request();
        peer.send(ok);
        peer.read_request();
        peer.send("HTTP/1.1 2");
    });
    http::Client client(options_for(in_the_middle.port()));
    const http::Interrupt interrupt;
    CHECK(response_of(client.perform(get(), interrupt)).body == "ok");
    CHECK(words(client.perform(get(), interrupt)) == "lost (the response was cut short, the request had left)");
    CHECK(in_the_middle.connection_count() == 1);
}

TEST_CASE("http client: as many connections are kept as it says, and no longer than it says") {
    HttpServer server([&](HttpPeer& peer) {
        for (;;) {
            peer.read_request();
            peer.send(ok);
        }
    });
    const auto kept = [&](http::Options options) {
        http::Client client(std::move(options));
        const http::Interrupt interrupt;
        std::vector<std::thread> threads;
        Gate all_there;
        std::atomic<int> there = 0;
        // The pace holds each of them in a connection of its own until all have one.
        for (int i = 0; i < 3; ++i)
            threads.emplace_back([&] {
                http::Request request = get();
                request.pace = [&](std::size_t) {
                    if (++there == 3) all_there.open();
                    return all_there.wait();
                };
                client.perform(request, interrupt);
            });
        for (std::thread& thread : threads) thread.join();
        const std::size_t count = client.kept_count();
        client.close_kept();
        CHECK(client.kept_count() == 0);
        return count;
    };
    http::Options options = options_for(server.port());
    CHECK(kept(options) == 3);
    options.kept_connections_max = 2;
    CHECK(kept(options) == 2);
    options.kept_connections_max = 0;
    CHECK(kept(options) == 0);

    const int before = server.connection_count();
    options.kept_connections_max = 1;
    options.kept_connection_for = 0ms;
    http::Client client(options);
    const http::Interrupt interrupt;
    for (int i = 0; i < 2; ++i) CHECK(response_of(client.perform(get(), interrupt)).body == "ok");
    CHECK(server.connection_count() == before + 2);
}

TEST_CASE("http client: redirects are told, not followed") {
    for (const unsigned status : {301u, 302u, 303u, 307u, 308u}) {
        HttpServer server([&](HttpPeer& peer) {
            peer.read_request();
            peer.send("HTTP/1.1 " + std::to_string(status) + " x\r\nLocation: http://127.0.0.1:" +
                      std::to_string(server.port()) + "/other\r\nContent-Length: 0\r\n\r\n");
            peer.hang();
        });
        const http::Response response = response_of(perform(options_for(server.port()), get()));
        CHECK(response.status == status);
        CHECK(response.headers.find("Location").has_value());
        CHECK(server.connection_count() == 1);
    }
}

TEST_CASE("http client: interim responses, chunks, HEAD, 204 and 304 leave the connection where it should be") {
    HttpServer server([&](HttpPeer& peer) {
        for (;;) {
            const std::string request = peer.read_request();
            if (request.starts_with("HEAD "))
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            else if (request.starts_with("DELETE "))
                peer.send("HTTP/1.1 204 No Content\r\n\r\n");
            else if (request.starts_with("OPTIONS "))
                peer.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n");
            else
                peer.send(
                    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n3\r\nchu\r\n4\r\nnked\r\n0\r\nX-Checksum: 1\r\n\r\n");
        }
    });
    http::Client client(options_for(server.port()));
    const http::Interrupt interrupt;
    for (int round = 0; round < 2; ++round)
        for (const auto& [method, status, body] : {std::tuple{http::Method::head, 200u, ""},
                                                   {http::Method::get, 200u, "chunked"},
                                                   {http::Method::del, 204u, ""},
                                                   {http::Method::options, 304u, ""},
                                                   {http::Method::patch, 200u, "chunked"}}) {
            http::Request request = get();
            request.method = method;
            const http::Response response = response_of(client.perform(request, interrupt));
            CHECK(response.status == status);
            CHECK(response.body == body);
            CHECK_FALSE(response.headers.find("X-Checksum"));
        }
    CHECK(server.connection_count() == 1);
}

TEST_CASE("http client: many threads share it") {
    HttpServer server([&](HttpPeer& peer) {
        for (;;) {
            const std::string request = peer.read_request();
            const std::string body = support::body_of(request);
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        }
    });
    http::Client client(options_for(server.port()));
    const http::Interrupt interrupt;
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 50; ++i) {
                const std::string body = std::to_string(thread) + "/" + std::to_string(i);
                const Outcome outcome = client.perform(post(body), interrupt);
                const auto* response = std::get_if<http::Response>(&outcome);
                right += response != nullptr && response->body == body ? 1 : 0;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(right == 400);
    CHECK(client.kept_count() <= 4);
}

TEST_CASE("http client: what it cannot use it refuses when it is made or asked") {
    http::Options options = options_for(80);
    options.proxy = url("https://proxy");
    CHECK_THROWS_AS(http::Client{options}, std::invalid_argument);
    options.proxy.reset();
    options.user_agent = "a\r\nX: y";
    CHECK_THROWS_AS(http::Client{options}, std::invalid_argument);
    options = options_for(80);
    options.least_rate = 0;
    CHECK_THROWS_AS(http::Client{options}, std::invalid_argument);
    options = options_for(443, "https");
    options.tls_files.ca_file = "/nonexistent";
    CHECK_THROWS_AS(http::Client{options}, broker::dicom::TlsError);
    http::Request request = get();
    request.headers.add("Transfer-Encoding", "chunked");
    CHECK_THROWS_AS(perform(options_for(1), request), std::invalid_argument);
}

TEST_CASE("http client: whoever listens hears of each whole response, and what it says the time is") {
    HttpServer* at = nullptr;
    HttpServer server(
        answering(at, "HTTP/1.1 503 Busy\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n"));
    at = &server;
    http::Options options = options_for(server.port());
    std::vector<std::optional<std::chrono::sys_seconds>> dates;
    options.heard = [&](const http::Response& response) {
        dates.push_back(response.date(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)));
    };
    perform(options, get());
    REQUIRE(dates.size() == 1);
    CHECK(dates[0] == std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s);
    HttpServer silent([](HttpPeer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nDate: yesterday\r\nContent-Length: 0\r\n\r\n");
        peer.read_request();
    });
    http::Options other = options_for(silent.port());
    other.heard = options.heard;
    perform(other, get());
    REQUIRE(dates.size() == 2);
    CHECK_FALSE(dates[1]);
    HttpServer cut([](HttpPeer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx");
    });
    http::Options broken = options_for(cut.port());
    broken.heard = options.heard;
    perform(broken, get());
    CHECK(dates.size() == 2);
}
