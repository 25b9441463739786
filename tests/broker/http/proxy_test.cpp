// Through a proxy: what it is asked, what it may answer, and whose failure is whose.
#include "tests/broker/http/rig.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_folder.h"

using namespace http_rig;
using namespace std::chrono_literals;

namespace {

struct Hospital {
    support::TempFolder folder;
    support::Authority authority{folder.path(), "hospital"};

    http::Options options(std::uint16_t port, std::uint16_t proxy_port) const {
        http::Options options = options_for(port, "https", "localhost");
        options.tls_files.ca_file = authority.ca_file();
        options.proxy = url("http://127.0.0.1:" + std::to_string(proxy_port));
        return options;
    }
};

/// A proxy that answers CONNECT with this, and what became of a request through it.
Outcome after(const std::string& answer, bool ends = false, std::chrono::milliseconds timeout = 20s) {
    const Hospital at;
    HttpServer proxy([&](HttpPeer& peer) {
        peer.read_head();
        peer.send(answer);
        if (!ends) peer.hang();
    });
    http::Options options = at.options(443, proxy.port());
    options.connect_timeout = timeout;
    return perform(options, post("x"));
}

}  // namespace

TEST_CASE("http proxy: an https origin is reached through CONNECT, once per connection, and TLS is the origin's") {
    Hospital at;
    HttpServer server(
        [&](HttpPeer& peer) {
            for (;;) {
                server.note(peer.read_request());
                peer.send(ok);
            }
        },
        support::HttpTls{at.authority.issue()});
    HttpServer proxy([&](HttpPeer& peer) {
        proxy.note(peer.read_head());
        peer.send("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 Connection established\r\nProxy-Agent: x\r\n\r\n");
        peer.relay(server.port());
    });
    http::Client client(at.options(server.port(), proxy.port()));
    const http::Interrupt interrupt;
    for (int i = 0; i < 2; ++i) CHECK(response_of(client.perform(post("x", "/a"), interrupt)).body == "ok");
    const std::string host = "localhost:" + std::to_string(server.port());
    REQUIRE(proxy.notes().size() == 1);
    CHECK(proxy.notes()[0] == "CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: Test/1\r\n\r\n");
    CHECK(server.notes().at(0).starts_with("POST /a HTTP/1.1\r\nHost: " + host + "\r\n"));
}

TEST_CASE("http proxy: a plain origin is named whole, and the proxy's answers are answers") {
    HttpServer proxy([&](HttpPeer& peer) {
        for (;;) {
            proxy.note(peer.read_request());
            peer.send("HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n");
        }
    });
    http::Options options = options_for(8042, "http", "pacs.example");
    options.proxy = url("http://127.0.0.1:" + std::to_string(proxy.port()));
    options.resolve = [](const std::string&) -> http::Resolution { throw std::runtime_error("the proxy's affair"); };
    http::Client client(options);
    const http::Interrupt interrupt;
    for (int i = 0; i < 2; ++i) CHECK(response_of(client.perform(get("/a?b"), interrupt)).status == 407);
    CHECK(proxy.notes().at(0).starts_with("GET http://pacs.example:8042/a?b HTTP/1.1\r\nHost: pacs.example:8042\r\n"));
    CHECK(proxy.connection_count() == 1);
}

TEST_CASE("http proxy: a refusal is told with its status, and nothing has left") {
    CHECK(words(after("HTTP/1.1 407 Who\r\nContent-Length: 6\r\n\r\nSECRET")) == "proxy_refused (proxy, status 407)");
    CHECK(words(after("HTTP/1.1 403 No\r\n\r\n")) == "proxy_refused (proxy, status 403)");
    CHECK(words(after("HTTP/1.1 502 Bad\r\nContent-Length: 99999999\r\n\r\n")) == "proxy_refused (proxy, status 502)");
    CHECK(words(after("HTTP/1.0 302 Found\r\n\r\n", true)) == "proxy_refused (proxy, status 302)");
}

TEST_CASE("http proxy: one that ends, is silent, drips, floods or speaks rubbish is told apart from the server") {
    CHECK(words(after("", true)) == "lost (proxy)");
    CHECK(words(after("HTTP/1.1 200", true)) == "lost (proxy, the response was cut short)");
    CHECK(words(after("", false, 200ms)) == "connect_timed_out (proxy)");
    CHECK(words(after("SSH-2.0\r\n")) == "malformed (proxy, what came is not HTTP/1)");
    CHECK(words(after("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'))) == "too_large (proxy, the header fields)");
    CHECK(words(after("HTTP/1.1 200 OK\r\n\r\nevil")) == "malformed (proxy, bytes behind the proxy's consent)");
    HttpServer drip([&](HttpPeer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\nX: ");
        for (;;) {
            peer.send("x");
            peer.take_time(10ms);
        }
    });
    const Hospital at;
    http::Options options = at.options(443, drip.port());
    options.connect_timeout = 200ms;
    CHECK(words(perform(options, get())) == "connect_timed_out (proxy)");
    options.proxy = url("http://127.0.0.1:" + std::to_string(support::free_port()));
    CHECK(words(perform(options, get())) == "refused (proxy)");
    options.origin = url("http://pacs");
    CHECK(words(perform(options, get())) == "refused (proxy)");
}

TEST_CASE("http proxy: what TLS finds behind it is the server's") {
    Hospital at;
    support::Authority stranger(at.folder.path(), "stranger");
    HttpServer server([](HttpPeer& peer) { peer.hang(); }, support::HttpTls{stranger.issue()});
    HttpServer proxy([&](HttpPeer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        peer.relay(server.port());
    });
    CHECK(words(perform(at.options(server.port(), proxy.port()), get())) == "tls_untrusted (unknown_authority)");
}
