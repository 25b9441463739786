/// Bodies that are made piece by piece.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "client.h"
#include "rig.h"

namespace {

using test::Client;

constexpr int pieces = 200;
std::atomic<int> written = 0;
std::atomic<bool> is_done = false;

web::Response counting(const web::Request&, const web::Deps&) {
    web::Response response;
    response.content_type = "text/plain";
    response.stream = [](const web::Write& write) {
        for (int i = 0; i < pieces; ++i) write(std::to_string(i) + "\n");
    };
    return response;
}

web::Response endless(const web::Request&, const web::Deps& deps) {
    web::Response response;
    response.stream = [&deps](const web::Write& write) {
        const std::string piece(65536, 'x');
        while (!deps.stop.stop_requested() && write(piece)) ++written;
        is_done = true;
    };
    return response;
}

web::Response breaking(const web::Request&, const web::Deps&) {
    web::Response response;
    response.stream = [](const web::Write& write) {
        write("the beginning");
        throw std::runtime_error("the disk broke");
    };
    return response;
}

std::vector<web::Route> routes() {
    return {
        {"GET", "/counting", counting, web::Permission::look, web::Kind::read, web::Shows::nothing, web::Pace::slow},
        {"GET", "/endless", endless, web::Permission::look, web::Kind::read, web::Shows::nothing, web::Pace::slow},
        {"GET", "/breaking", breaking, web::Permission::look, web::Kind::read, web::Shows::nothing, web::Pace::slow}};
}

std::string expected() {
    std::string all;
    for (int i = 0; i < pieces; ++i) all += std::to_string(i) + "\n";
    return all;
}

template <class Condition>
bool comes_true(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return condition();
}

}  // namespace

TEST_CASE("stream: pieces arrive in order, whole, and the connection goes on") {
    test::Rig rig(routes(), {});
    Client client(rig.port());
    for (int i = 0; i < 2; ++i) {
        client.send("GET /counting HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const test::Got got = client.read();
        CHECK(got.status == 200);
        CHECK(got.is_whole);
        CHECK(got.body == expected());
    }
    client.send("HEAD /counting HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(client.read(true).status == 200);
}

TEST_CASE("stream: HTTP/1.0 gets the bytes until the end of the connection") {
    test::Rig rig(routes(), {});
    Client client(rig.port());
    client.send("GET /counting HTTP/1.0\r\nHost: localhost\r\n\r\n");
    const test::Got got = client.read();
    CHECK_FALSE(got.headers.contains("transfer-encoding"));
    CHECK(got.body == expected());
}

TEST_CASE("stream: a body that breaks off doesn't look whole") {
    test::Rig rig(routes(), {});
    Client client(rig.port());
    client.send("GET /breaking HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const test::Got got = client.read();
    CHECK(got.status == 200);
    CHECK(got.body == "the beginning");
    CHECK_FALSE(got.is_whole);
}

TEST_CASE("stream: a peer that doesn't read makes the writer wait, and its going away ends the writer") {
    test::Rig rig(routes(), {});
    written = 0;
    is_done = false;
    {
        Client client(rig.port());
        client.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
        // The kernel's buffers and the channel take some pieces; then nothing moves any more.
        int last = -1;
        CHECK(comes_true([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));  // between looks
            return std::exchange(last, written) == written && written > 0;
        }));
        CHECK(written < 1000);
        CHECK_FALSE(is_done);
    }
    CHECK(comes_true([] { return is_done.load(); }));
}

TEST_CASE("stream: a peer that doesn't read in time is closed") {
    web::Limits limits;
    limits.write_timeout = std::chrono::milliseconds(100);
    test::Rig rig(routes(), limits);
    is_done = false;
    Client client(rig.port());
    client.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(comes_true([] { return is_done.load(); }));
}

TEST_CASE("stream: a stop ends a stream that nobody reads") {
    web::Limits limits;
    limits.stop_timeout = std::chrono::milliseconds(100);
    test::Rig rig(routes(), limits);
    written = 0;
    is_done = false;
    Client client(rig.port());
    client.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(comes_true([] { return written > 0; }));
    rig.server->stop();
    CHECK(is_done);
}
