// An interrupt from another thread, at every stage of a request.
#include <functional>
#include <future>

#include "tests/broker/http/full_port.h"
#include "tests/broker/http/rig.h"

using namespace http_rig;
using namespace std::chrono_literals;

namespace {

/// What the request came to once it was interrupted, which is done when `is_there` returns.
Outcome interrupted(const http::Options& options, const http::Request& request, const std::function<void()>& is_there) {
    http::Client client(options);
    http::Interrupt interrupt;
    auto outcome = std::async(std::launch::async, [&] { return client.perform(request, interrupt); });
    is_there();
    const auto begin = std::chrono::steady_clock::now();
    interrupt.raise();
    REQUIRE(outcome.wait_for(20s) == std::future_status::ready);
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    CHECK(client.kept_count() == 0);
    // For good.
    CHECK(words(client.perform(request, interrupt)) == "interrupted");
    return outcome.get();
}

/// One that does what is said, notes it, and then waits until the client ends.
Outcome interrupted_at(const std::function<void(HttpPeer&)>& before, const http::Request& request,
                       std::string_view scheme = "http") {
    HttpServer server([&](HttpPeer& peer) {
        before(peer);
        server.note("there");
        peer.hang();
    });
    return interrupted(options_for(server.port(), scheme), request, [&] { REQUIRE(server.wait_for_notes(1)); });
}

}  // namespace

TEST_CASE("http interrupt: one that was raised before lets nothing begin") {
    HttpServer server([](HttpPeer& peer) { peer.hang(); });
    http::Client client(options_for(server.port()));
    http::Interrupt interrupt;
    CHECK_FALSE(interrupt.is_raised());
    interrupt.raise();
    interrupt.raise();
    CHECK(interrupt.is_raised());
    CHECK(words(client.perform(get(), interrupt)) == "interrupted");
    CHECK(server.connection_count() == 0);
    const http::Interrupt other;
    CHECK_FALSE(other.is_raised());
}

TEST_CASE("http interrupt: while a name is looked up") {
    const auto asked = std::make_shared<Gate>(), answer = std::make_shared<Gate>();
    http::Options options = options_for(80, "http", "pacs.example");
    options.resolve = [asked, answer](const std::string&) {
        asked->open();
        answer->wait();
        return http::Resolution{};
    };
    CHECK(words(interrupted(options, get(), [&] { REQUIRE(asked->wait()); })) == "interrupted");
    answer->open();
}

TEST_CASE("http interrupt: while it connects") {
    const FullPort full;
    CHECK(words(interrupted(options_for(full.port()), get(), [] { Gate().wait_for(50ms); })) == "interrupted");
    // Then no other address is tried, such as this one, which would refuse.
    http::Options options = options_for(support::free_port(), "http", "pacs.example");
    const FullPort other(options.origin.port(), 2);
    options.resolve = [](const std::string&) {
        return http::Resolution{http::Resolution::Answer::found, {"127.0.0.2", "127.0.0.1"}};
    };
    CHECK(words(interrupted(options, get(), [] { Gate().wait_for(50ms); })) == "interrupted");
}

TEST_CASE("http interrupt: while a proxy thinks") {
    HttpServer proxy([&](HttpPeer& peer) {
        peer.read_head();
        proxy.note("asked");
        peer.hang();
    });
    http::Options options = options_for(443, "https");
    options.proxy = url("http://127.0.0.1:" + std::to_string(proxy.port()));
    CHECK(words(interrupted(options, get(), [&] { REQUIRE(proxy.wait_for_notes(1)); })) == "interrupted (proxy)");
}

TEST_CASE("http interrupt: during the handshake of TLS") {
    CHECK(words(interrupted_at([](HttpPeer& peer) { peer.read(1); }, get(), "https")) == "interrupted");
}

TEST_CASE("http interrupt: in the middle of a body that the server doesn't take") {
    Pattern source(std::uint64_t{64} << 20);
    HttpServer server([&](HttpPeer& peer) {
        peer.read_head();
        server.note("head");
        peer.take_time(20s);
    });
    CHECK(words(interrupted(options_for(server.port()), put(source), [&] { REQUIRE(server.wait_for_notes(1)); })) ==
          "interrupted");
    CHECK(source.at() < source.size());
}

TEST_CASE("http interrupt: behind a pace that let the bytes go") {
    Gate in_pace, raised;
    Pattern source(1000);
    http::Request request = put(source);
    request.pace = [&](std::size_t) {
        in_pace.open();
        return raised.wait();
    };
    std::atomic<std::size_t> arrived = 1;
    HttpServer server([&](HttpPeer& peer) {
        arrived = peer.read_to_end().value_or("").size();
        server.note("over");
    });
    http::Client client(options_for(server.port()));
    http::Interrupt interrupt;
    auto outcome = std::async(std::launch::async, [&] { return client.perform(request, interrupt); });
    REQUIRE(in_pace.wait());
    interrupt.raise();
    raised.open();
    CHECK(words(outcome.get()) == "interrupted");
    CHECK(server.wait_for_notes(1));
    CHECK(arrived == 0);
}

TEST_CASE("http interrupt: while it waits for the response, and in the middle of it") {
    CHECK(words(interrupted_at([](HttpPeer& peer) { peer.read_request(); }, post("x"))) ==
          "interrupted (the request had left)");
    CHECK(words(interrupted_at(
                    [](HttpPeer& peer) {
                        peer.read_request();
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
                    },
                    post("x")))
              .starts_with("interrupted ("));
}

TEST_CASE("http interrupt: ends those who have it, and nobody else") {
    Gate answer;
    HttpServer server([&](HttpPeer& peer) {
        peer.read_request();
        server.note("asked");
        answer.wait();
        peer.send(ok);
        peer.hang();
    });
    http::Client client(options_for(server.port()));
    http::Interrupt one, other;
    auto ended = std::async(std::launch::async, [&] { return client.perform(get(), one); });
    auto kept = std::async(std::launch::async, [&] { return client.perform(get(), other); });
    REQUIRE(server.wait_for_notes(2));
    one.raise();
    CHECK(words(ended.get()) == "interrupted (the request had left)");
    answer.open();
    CHECK(response_of(kept.get()).body == "ok");
}
