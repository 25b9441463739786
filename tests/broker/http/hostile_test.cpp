// Servers that break off, drip, flood or speak rubbish.
#include "tests/broker/http/rig.h"
#include "tests/broker/http/vectors.h"

using namespace http_rig;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

/// The outcome of a POST to a server that sends this and ends, or keeps silent.
Outcome after(const std::string& bytes, bool ends, http::Options options = options_for(1)) {
    HttpServer server([&](HttpPeer& peer) {
        peer.read_request();
        peer.send(bytes);
        if (!ends) peer.hang();
    });
    options.origin = url("http://127.0.0.1:" + std::to_string(server.port()));
    return perform(options, post("x"));
}

}  // namespace

TEST_CASE("http hostile: a response that is cut short anywhere is lost after the request had left") {
    const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
    for (const std::size_t cut :
         {std::size_t{0}, std::size_t{1}, std::size_t{20}, whole.size() - 4, whole.size() - 1}) {
        const http::Failure failure = failure_of(after(whole.substr(0, cut), true));
        CHECK(failure.fault == Fault::lost);
        CHECK(failure.request_left);
    }
    CHECK(response_of(after(whole, true)).body == "body");
    CHECK(words(after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n", true)) ==
          "lost (status 200, the response was cut short, the request had left)");
}

TEST_CASE("http hostile: a connection that is reset is lost, in the body of a response without length, too") {
    HttpServer reset([&](HttpPeer& peer) {
        peer.read_request();
        peer.cut();
    });
    CHECK(words(perform(options_for(reset.port()), post("x"))) == "lost (the request had left)");
    HttpServer reset_later([&](HttpPeer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\n\r\nbody");
        peer.take_time(50ms);
        peer.cut();
    });
    const http::Failure failure = failure_of(perform(options_for(reset_later.port()), get()));
    CHECK(failure.fault == Fault::lost);
    CHECK(failure.status == 200);
}

TEST_CASE("http hostile: silence at any point of the response ends after the idle time") {
    http::Options options = options_for(1);
    options.idle_timeout = 80ms;
    for (const std::string& bytes :
         {""s, "HTTP/1.1 "s, "HTTP/1.1 100 Continue\r\n\r\n"s, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbod"s,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"s, "HTTP/1.1 200 OK\r\n\r\nbody"s}) {
        const http::Failure failure = failure_of(after(bytes, false, options));
        CHECK(failure.fault == Fault::timed_out);
        CHECK(failure.request_left);
    }
}

TEST_CASE("http hostile: a drip in the head or the body, never silent for long, ends all the same") {
    for (const char* head : {"HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"}) {
        HttpServer server([&](HttpPeer& peer) {
            peer.read_request();
            peer.send(head);
            for (;;) {
                peer.send("x");
                peer.take_time(10ms);
            }
        });
        http::Options options = options_for(server.port());
        options.idle_timeout = 200ms;
        options.least_rate = 1'000'000;
        CHECK(failure_of(perform(options, get())).fault == Fault::timed_out);
        // The same is waited for where it is fast enough.
        options.idle_timeout = 20s;
        options.least_rate = 1;
        options.response_header_bytes_max = 60;
        options.response_body_bytes_max = 30;
        CHECK(failure_of(perform(options, get())).fault == Fault::too_large);
    }
}

TEST_CASE("http hostile: a slow response that keeps moving is waited for, far beyond the idle time") {
    constexpr int count = 40;
    HttpServer server([&](HttpPeer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n");
        for (int i = 0; i < count; ++i) {
            peer.take_time(40ms);
            peer.send(std::string(100, 'x'));
        }
        peer.hang();
    });
    http::Options options = options_for(server.port());
    options.idle_timeout = 700ms;
    options.least_rate = 1;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(response_of(perform(options, get())).body == std::string(4000, 'x'));
    CHECK(std::chrono::steady_clock::now() - begin > 2 * options.idle_timeout);
}

TEST_CASE("http hostile: what was sent earns no time for the response") {
    HttpServer server([&](HttpPeer& peer) {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        for (;;) {
            peer.send("x");
            peer.take_time(10ms);
        }
    });
    http::Options options = options_for(server.port());
    options.idle_timeout = 300ms;
    options.least_rate = 10'000;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(failure_of(perform(options, post(pattern(300'000)))).fault == Fault::timed_out);
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

TEST_CASE("http hostile: floods of fields, interim responses, body or chunks end at their limits") {
    const auto flooded = [](const std::string& begin, const std::string& again) {
        HttpServer server([&](HttpPeer& peer) {
            peer.read_request();
            peer.send(begin);
            for (;;) peer.send(again);
        });
        return failure_of(perform(options_for(server.port()), get()));
    };
    const std::string line = "HTTP/1.1 200 OK\r\n";
    CHECK(flooded(line, "X: " + std::string(1000, 'x') + "\r\n").fault == Fault::too_large);
    CHECK(flooded(line, std::string(10000, 'x')).fault == Fault::too_large);
    CHECK(flooded("", "HTTP/1.1 100 Continue\r\n\r\n").fault == Fault::too_large);
    CHECK(flooded(line + "\r\n", std::string(100'000, 'x')).fault == Fault::too_large);
    const std::string chunked = line + "Transfer-Encoding: chunked\r\n\r\n";
    CHECK(flooded(chunked, "10000\r\n" + std::string(0x10000, 'x') + "\r\n").fault == Fault::too_large);
    CHECK(flooded(chunked, "1;" + std::string(1000, 'x') + "\r\nx\r\n").fault == Fault::too_large);
    CHECK(flooded(chunked + "0\r\n", "X: y\r\n").fault == Fault::too_large);
    // What is announced is believed at once.
    CHECK(words(after(line + "Content-Length: 8388609\r\n\r\n", false)) ==
          "too_large (status 200, the body, the request had left)");
}

TEST_CASE("http hostile: eight megabytes come through whole") {
    const std::string body = pattern(8 * 1024 * 1024);
    const http::Response response =
        response_of(after("HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n" + body, false));
    CHECK(response.body == body);
}

TEST_CASE("http hostile: rubbish and smuggling are one failure each, on a connection that is cut") {
    for (const std::string& bytes : bad_responses()) {
        CAPTURE(bytes);
        HttpServer server([&](HttpPeer& peer) {
            peer.read_request();
            peer.send(bytes);
            peer.hang();
            server.note("closed");
        });
        http::Client client(options_for(server.port()));
        const http::Interrupt interrupt;
        const http::Failure failure = failure_of(client.perform(get(), interrupt));
        CHECK(failure.fault == Fault::malformed);
        CHECK(failure.request_left);
        CHECK(client.kept_count() == 0);
        CHECK(server.wait_for_notes(1));
        CHECK(server.connection_count() == 1);
    }
}

TEST_CASE("http hostile: no failure repeats what a peer or the request says") {
    http::Request request = post("BODYSECRET", "/?q=QUERYSECRET");
    request.headers.add("Authorization", "Bearer HEADERSECRET");
    for (const std::string& answer : {"PEERSECRET\r\n\r\n"s, "HTTP/1.1 200 PEERSECRET\r\nPEERSECRET\r\n\r\n"s, ""s,
                                      "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nPEERSECRET"s}) {
        HttpServer server([&](HttpPeer& peer) {
            peer.read_request();
            peer.send(answer);
        });
        CHECK(words(perform(options_for(server.port()), request)).find("SECRET") == std::string::npos);
    }
}
