/// Limits and deadlines of the server, each met by a peer that goes over it.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "client.h"
#include "rig.h"

using test::Client;

namespace {

web::Limits quick() {
    web::Limits limits;
    limits.header_timeout = limits.body_timeout = limits.write_timeout = limits.keep_alive_timeout =
        std::chrono::milliseconds(100);
    limits.linger_timeout = std::chrono::milliseconds(50);
    return limits;
}

const std::string act = "POST /api/v1/jobs/actions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

}  // namespace

TEST_CASE("limits: a header that is too long is 431, whole or not") {
    test::Rig rig;
    for (const char* end : {"", "\r\n\r\n"}) {
        Client client(rig.port());
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(9000, 'x') + end);
        CHECK(client.read().status == 431);
        CHECK(client.is_closed_by_peer());
    }
}

TEST_CASE("limits: a body that is too long is 413, announced or not") {
    test::Rig rig;
    Client announced(rig.port());
    announced.send(act + "Content-Length: 65537\r\n\r\n");
    CHECK(announced.read().status == 413);
    CHECK(announced.is_closed_by_peer());
    Client chunked(rig.port());
    chunked.send(act + "Transfer-Encoding: chunked\r\n\r\n10001\r\n" + std::string(0x10001, 'x') + "\r\n0\r\n\r\n");
    CHECK(chunked.read().status == 413);
    CHECK(chunked.is_closed_by_peer());
}

TEST_CASE("limits: a head or a body that doesn't come whole in time is closed, and so is silence") {
    test::Rig rig(web::Access::open, quick());
    Client head(rig.port()), body(rig.port()), silent(rig.port()), kept(rig.port());
    head.send("GET / HTTP/1.1\r\nHo");
    body.send(act + "Content-Length: 10\r\n\r\n{");
    kept.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(head.read_to_end().empty());
    CHECK(body.read_to_end().empty());
    CHECK(silent.read_to_end().empty());
    CHECK(kept.read().status == 200);
    CHECK(kept.read_to_end().empty());
}

TEST_CASE("limits: a drip of header bytes doesn't stretch the deadline") {
    test::Rig rig(web::Access::open, quick());
    Client client(rig.port());
    client.send("GET / HTTP/1.1\r\nX: ");
    const auto begin = std::chrono::steady_clock::now();
    while (client.try_send("x") && std::chrono::steady_clock::now() - begin < std::chrono::seconds(10))
        std::this_thread::sleep_for(std::chrono::milliseconds(5));  // between looks
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("limits: a thousand silent sockets keep nobody out") {
    web::Limits limits;
    limits.connections_max = 32;
    limits.connections_per_address_max = 16;
    test::Rig rig(web::Access::open, limits);
    std::vector<std::unique_ptr<Client>> silent;
    for (int i = 0; i < 1000; ++i) {
        silent.push_back(std::make_unique<Client>(rig.port()));
        if (i % 2 == 0) silent.back()->try_send("GET / HT");
        if (i % 100 == 0) CHECK(test::get(rig.port(), "/healthz").status == 200);
    }
    CHECK(test::get(rig.port(), "/api/v1/node").status == 200);
    CHECK(silent.front()->is_closed_by_peer());
}
