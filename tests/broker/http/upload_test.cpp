// Bodies that stream: their length, their pieces, their pace, and what may happen in the middle of one.
#include "tests/broker/http/rig.h"

using namespace http_rig;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t large = std::uint64_t{64} << 20;  ///< more than the system takes for a server that doesn't read

HttpServer::Script echoing_size(HttpServer*& server) {
    return [&server](HttpPeer& peer) {
        for (;;) {
            server->note(peer.read_request());
            peer.send(ok);
        }
    };
}

/// Fails after so many bytes.
class Failing : public Pattern {
public:
    Failing(std::uint64_t size, std::uint64_t good) : Pattern(size), good_(good) {}
    std::size_t read(std::span<std::byte> into) override {
        if (at() >= good_) throw std::domain_error("damaged");
        return Pattern::read(into.first(std::min<std::size_t>(into.size(), static_cast<std::size_t>(good_ - at()))));
    }

private:
    const std::uint64_t good_;
};

/// Has less than it says.
class Short : public Pattern {
public:
    using Pattern::Pattern;
    std::size_t read(std::span<std::byte> into) override {
        return at() < size() / 2 ? Pattern::read(into.first(std::min<std::size_t>(into.size(), 10))) : 0;
    }
};

}  // namespace

TEST_CASE("http upload: a source of megabytes arrives byte for byte, with its length and without chunks") {
    HttpServer* at = nullptr;
    HttpServer server(echoing_size(at));
    at = &server;
    Pattern source(5'000'001);
    http::Client client(options_for(server.port()));
    const http::Interrupt interrupt;
    for (int round = 0; round < 2; ++round) CHECK(response_of(client.perform(put(source), interrupt)).body == "ok");
    CHECK(server.connection_count() == 1);
    CHECK(source.rewind_count() == 2);
    CHECK(source.largest() <= 64 * 1024);
    for (const std::string& request : server.notes()) {
        CHECK(request.find("\r\nContent-Length: 5000001\r\n") != std::string::npos);
        CHECK(request.find("Transfer-Encoding") == std::string::npos);
        CHECK((support::body_of(request) == pattern(5'000'001)));
    }
}

TEST_CASE("http upload: a text of any size does, too, and so does nothing") {
    HttpServer* at = nullptr;
    HttpServer server(echoing_size(at));
    at = &server;
    http::Client client(options_for(server.port()));
    const http::Interrupt interrupt;
    for (const std::size_t size : {0u, 1u, 1000u, 65'536u, 1'000'000u})
        CHECK(response_of(client.perform(post(pattern(size)), interrupt)).body == "ok");
    Pattern nothing(0);
    CHECK(response_of(client.perform(put(nothing), interrupt)).body == "ok");
    const auto notes = server.notes();
    REQUIRE(notes.size() == 6);
    CHECK((support::body_of(notes[4]) == pattern(1'000'000)));
    CHECK(notes[5].find("\r\nContent-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("http upload: the pace is asked for every byte before it leaves, in pieces of the size that was wished") {
    HttpServer* at = nullptr;
    HttpServer server(echoing_size(at));
    at = &server;
    for (const bool is_text : {false, true}) {
        Pattern source(10'000);
        std::vector<std::size_t> asked;
        http::Request request = is_text ? post(pattern(10'000)) : put(source);
        request.piece_bytes_max = 700;
        request.pace = [&](std::size_t bytes) {
            asked.push_back(bytes);
            return true;
        };
        CHECK(response_of(perform(options_for(server.port()), request)).body == "ok");
        std::size_t sum = 0;
        for (const std::size_t bytes : asked) {
            CHECK(bytes <= 700);
            sum += bytes;
        }
        CHECK(sum == server.notes().back().size());
        CHECK(asked.size() == (sum + 699) / 700);
    }
}

TEST_CASE("http upload: nothing leaves while the pace holds it, and false is an interrupt that cuts") {
    Gate seen;
    std::atomic<std::size_t> arrived = 0;
    std::atomic<bool> was_cut = false;
    HttpServer server([&](HttpPeer& peer) {
        peer.read_head();
        arrived = peer.read(400).size();
        seen.open();
        was_cut = !peer.read_to_end();
        server.note("over");
    });
    Pattern source(1000);
    http::Request request = put(source);
    // The head and some of the body go at once.
    std::size_t gone = 0;
    request.piece_bytes_max = 600;
    request.pace = [&](std::size_t bytes) {
        gone += bytes;
        return gone <= 600 || (seen.wait() && false);
    };
    http::Options options = options_for(server.port());
    CHECK(words(perform(options, request)) == "interrupted");
    CHECK(server.wait_for_notes(1));
    CHECK(arrived <= 600);
    CHECK(was_cut);

    request.pace = [](std::size_t) -> bool { throw std::domain_error("pace"); };
    CHECK_THROWS_AS(perform(options, request), std::domain_error);
}

TEST_CASE("http upload: a source that fails cuts the connection, and what it threw comes out") {
    std::atomic<std::size_t> arrived = 0;
    HttpServer server([&](HttpPeer& peer) {
        try {
            peer.read_head();
            for (;; ++arrived) peer.read(1);
        } catch (const support::ScriptEnded&) {
            server.note("cut");
        }
    });
    http::Client client(options_for(server.port()));
    const http::Interrupt interrupt;
    std::size_t cuts = 0;
    for (const std::uint64_t good : {std::uint64_t{199'999}, std::uint64_t{65'000}}) {
        Failing source(200'000, good);
        arrived = 0;
        CHECK_THROWS_WITH_AS(client.perform(put(source), interrupt), "damaged", std::domain_error);
        CHECK(server.wait_for_notes(++cuts));
        CHECK(arrived < 200'000);
        CHECK(client.kept_count() == 0);
    }
    Short source(1000);
    CHECK_THROWS_AS(client.perform(put(source), interrupt), std::runtime_error);
    CHECK(server.wait_for_notes(++cuts));
}

TEST_CASE("http upload: a kept connection is cut as a new one is") {
    HttpServer server([&](HttpPeer& peer) {
        peer.read_request();
        peer.send(ok);
        peer.read_head();
        server.note(peer.read_to_end() ? "ended" : "cut");
    });
    http::Client client(options_for(server.port()));
    const http::Interrupt interrupt;
    CHECK(response_of(client.perform(get(), interrupt)).body == "ok");
    Failing source(200'000, 100'000);
    CHECK_THROWS_AS(client.perform(put(source), interrupt), std::domain_error);
    REQUIRE(server.wait_for_notes(1));
    CHECK(server.notes()[0] == "cut");
    CHECK(server.connection_count() == 1);
}

TEST_CASE("http upload: where the first bytes of a body are bad already, not even the head is sent") {
    std::atomic<std::size_t> arrived = 1;
    HttpServer server([&](HttpPeer& peer) {
        arrived = peer.read_to_end().value_or("").size();
        server.note("over");
    });
    Failing source(1000, 0);
    CHECK_THROWS_AS(perform(options_for(server.port()), put(source)), std::domain_error);
    CHECK(server.wait_for_notes(1));
    CHECK(arrived == 0);
}

TEST_CASE("http upload: an answer in the middle of the body ends the sending and is told as early") {
    for (const unsigned status : {401u, 413u, 503u, 200u}) {
        HttpServer server([&](HttpPeer& peer) {
            peer.read_head();
            peer.send("HTTP/1.1 " + std::to_string(status) + " x\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nno");
            peer.take_time(20ms);
            peer.send("pe");
            server.note(peer.read_to_end() ? "ended" : "cut");
        });
        Pattern source(large);
        http::Client client(options_for(server.port()));
        const http::Interrupt interrupt;
        const http::Response response = response_of(client.perform(put(source), interrupt));
        CHECK(response.status == status);
        CHECK(response.body == "nope");
        CHECK(response.is_early);
        CHECK(source.at() < large);
        CHECK(client.kept_count() == 0);
        REQUIRE(server.wait_for_notes(1));
        CHECK(server.notes()[0] == "cut");
    }
}

TEST_CASE("http upload: not a piece leaves once an answer has begun, however long its rest takes") {
    Gate begun;
    HttpServer server([&](HttpPeer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 413 x\r\nContent-Length: 4\r\n\r\nno");
        begun.open();
        peer.take_time(50ms);
        peer.send("pe");
        peer.hang();
    });
    Pattern source(large);
    http::Request request = put(source);
    request.piece_bytes_max = 10'000;
    int count = 0;
    request.pace = [&](std::size_t) { return ++count != 3 || begun.wait(); };
    CHECK(response_of(perform(options_for(server.port()), request)).body == "nope");
    CHECK(count == 3);
}

TEST_CASE("http upload: interim answers in the middle change nothing") {
    HttpServer server([&](HttpPeer& peer) {
        const std::string head = peer.read_head();
        peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n");
        peer.read(1'000'000);
        peer.send(ok);
        peer.hang();
    });
    Pattern source(1'000'000);
    const http::Response response = response_of(perform(options_for(server.port()), put(source)));
    CHECK(response.status == 200);
    CHECK_FALSE(response.is_early);
}

TEST_CASE("http upload: an answer is read even where the server reset the connection right behind it") {
    Gate was_reset;
    HttpServer server([&](HttpPeer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nnope");
        peer.take_time(20ms);
        peer.cut();
        was_reset.open();
    });
    Pattern source(large);
    http::Request request = put(source);
    request.pace = [&, count = 0](std::size_t) mutable { return ++count != 3 || was_reset.wait(); };
    const http::Response response = response_of(perform(options_for(server.port()), request));
    CHECK(response.status == 413);
    CHECK(response.body == "nope");
    CHECK(response.is_early);
}

TEST_CASE("http upload: a connection that ends in the middle of the body is lost before the request had left") {
    for (const bool is_reset : {false, true}) {
        HttpServer server([&](HttpPeer& peer) {
            peer.read_head();
            if (is_reset) peer.cut();
        });
        Pattern source(large);
        CHECK(words(perform(options_for(server.port()), put(source))) == "lost");
    }
}

TEST_CASE("http upload: a server that takes no more is given up after the idle time, before the request had left") {
    HttpServer server([&](HttpPeer& peer) {
        peer.read_head();
        server.note("head");
        peer.take_time(20s);
    });
    Pattern source(large);
    http::Options options = options_for(server.port());
    options.idle_timeout = 100ms;
    CHECK(words(perform(options, put(source))) == "timed_out");
}

TEST_CASE("http upload: time in the pace or in the source is not the server's") {
    HttpServer* at = nullptr;
    HttpServer server(echoing_size(at));
    at = &server;
    http::Options options = options_for(server.port());
    options.idle_timeout = 500ms;
    Pattern source(3000);
    http::Request request = put(source);
    request.piece_bytes_max = 1000;
    // Longer than the idle time on the whole.
    request.pace = [](std::size_t) {
        Gate().wait_for(250ms);
        return true;
    };
    CHECK(response_of(perform(options, request)).body == "ok");
}

TEST_CASE("http upload: while a slow line takes what was written, however long that is, nobody gives up") {
    constexpr std::size_t size = 4'000'000, step = 100'000;
    // What is under way is in our own buffer, then, and the server's has little of it.
    HttpServer server(
        [&](HttpPeer& peer) {
            peer.read_head();
            for (std::size_t got = 0; got < size; got += step) {
                peer.read(step);
                peer.take_time(40ms);
            }
            peer.send(ok);
            peer.hang();
        },
        std::nullopt, 100'000);
    http::Options options = options_for(server.port());
    options.idle_timeout = 600ms;
    Pattern source(size);
    const auto begin = std::chrono::steady_clock::now();
    CHECK(response_of(perform(options, put(source))).body == "ok");
    CHECK(std::chrono::steady_clock::now() - begin > 2 * options.idle_timeout);
}
