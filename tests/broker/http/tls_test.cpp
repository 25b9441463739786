// https: who is believed, which versions are spoken, and that nothing leaves before that is clear.
#include <openssl/ssl.h>

#include "tests/broker/http/rig.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_folder.h"

using namespace http_rig;
using namespace std::chrono_literals;
using broker::dicom::TlsFault;
using support::HttpTls;

namespace {

struct Hospital {
    support::TempFolder folder;
    support::Authority authority{folder.path(), "hospital"}, stranger{folder.path(), "stranger"};

    http::Options options(std::uint16_t port, std::string_view host = "localhost") const {
        http::Options options = options_for(port, "https", host);
        options.tls_files.ca_file = authority.ca_file();
        return options;
    }
};

HttpServer::Script answering(HttpServer*& server) {
    return [&server](HttpPeer& peer) {
        for (;;) {
            server->note(peer.read_request());
            peer.send(ok);
        }
    };
}

/// What became of a request to a server with this, and that it never had the request where there was a failure.
Outcome asked(const HttpTls& tls, const std::function<void(http::Options&)>& change, const Hospital& at) {
    HttpServer* self = nullptr;
    HttpServer server(answering(self), tls);
    self = &server;
    http::Options options = at.options(server.port());
    change(options);
    Outcome outcome = perform(options, post("SECRET"));
    if (const auto* failure = std::get_if<http::Failure>(&outcome)) {
        CHECK_FALSE(failure->request_left);
        for (const std::string& note : server.notes()) CHECK(note == "no TLS");
    }
    return outcome;
}

void as_is(http::Options&) {}

}  // namespace

TEST_CASE("http tls: a server that shows who it is, is asked, over TLS 1.2 and 1.3, by name and by address") {
    Hospital at;
    for (const int version : {0, TLS1_2_VERSION, TLS1_3_VERSION})
        for (const char* host : {"localhost", "127.0.0.1"}) {
            HttpServer* self = nullptr;
            HttpServer server(answering(self), HttpTls{at.authority.issue(), false, version});
            self = &server;
            http::Client client(at.options(server.port(), host));
            const http::Interrupt interrupt;
            for (int i = 0; i < 3; ++i) CHECK(response_of(client.perform(post("x"), interrupt)).body == "ok");
            CHECK(server.connection_count() == 1);
        }
}

TEST_CASE("http tls: a server that isn't believed gets nothing, and why is told") {
    Hospital at;
    CHECK(words(asked({at.stranger.issue()}, as_is, at)) == "tls_untrusted (unknown_authority)");
    CHECK(words(asked({at.authority.issue({"localhost", "DNS:localhost", -10, -1})}, as_is, at)) ==
          "tls_untrusted (expired)");
    CHECK(words(asked({at.authority.issue({"localhost", "DNS:localhost", 1, 10})}, as_is, at)) ==
          "tls_untrusted (not_yet_valid)");
    CHECK(words(asked({at.authority.issue({"other", "DNS:other.example"})}, as_is, at)) ==
          "tls_untrusted (name_mismatch)");
    CHECK(words(asked({at.authority.issue({"localhost", "DNS:*.localhost"})}, as_is, at)) ==
          "tls_untrusted (name_mismatch)");
    CHECK(words(asked(
              {at.authority.issue({"localhost", "DNS:localhost"})},
              [](http::Options& options) {
                  options.origin = url("https://127.0.0.1:" + std::to_string(options.origin.port()));
              },
              at)) == "tls_untrusted (name_mismatch)");
    // The system's authorities don't know the hospital's.
    CHECK(words(asked(
              {at.authority.issue()}, [](http::Options& options) { options.tls_files = {}; }, at)) ==
          "tls_untrusted (unknown_authority)");
}

TEST_CASE("http tls: old versions are refused") {
    Hospital at;
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION})
        CHECK(words(asked({at.authority.issue(), false, version}, as_is, at)) == "tls_failed (no_common_version)");
}

TEST_CASE("http tls: another name or a pinned key can be asked for instead") {
    Hospital at;
    const auto files = at.authority.issue({"pacs", "DNS:pacs.example"});
    const auto named = [](std::string name) {
        return [name](http::Options& options) { options.tls_server_name = name; };
    };
    CHECK(response_of(asked({files}, named("pacs.example"), at)).body == "ok");
    CHECK(words(asked({files}, named("other.example"), at)) == "tls_untrusted (name_mismatch)");
    const auto theirs = at.stranger.issue();
    const auto pinned = [](std::string pin) { return [pin](http::Options& options) { options.tls_pin = pin; }; };
    CHECK(response_of(asked({theirs}, pinned(support::pin_of(theirs.certificate_file)), at)).body == "ok");
    CHECK(words(asked({theirs}, pinned(support::pin_of(files.certificate_file)), at)) ==
          "tls_untrusted (pin_mismatch)");
}

TEST_CASE("http tls: a server may want a certificate of ours, and a refusal of it means that nothing was done") {
    Hospital at;
    const auto own = at.authority.issue({"bridge", "DNS:bridge"}), wrong = at.stranger.issue();
    const auto showing = [](const broker::dicom::TlsFiles& files) {
        return [files](http::Options& options) {
            options.tls_files.certificate_file = files.certificate_file;
            options.tls_files.key_file = files.key_file;
        };
    };
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const HttpTls tls{at.authority.issue(), true, version};
        CHECK(response_of(asked(tls, showing(own), at)).body == "ok");
        // TLS 1.2 has no word of its own for that.
        const std::string missing = version == TLS1_3_VERSION ? "own_certificate_missing" : "refused";
        CHECK(words(asked(tls, as_is, at)) == "tls_failed (" + missing + ")");
        CHECK(words(asked(tls, showing(wrong), at)) == "tls_failed (own_certificate_refused)");
    }
}

TEST_CASE("http tls: what is no TLS, ends or keeps silent is told apart, and never asked in plain") {
    const Hospital at;
    std::atomic<bool> was_asked_in_plain = false;
    const auto outcome = [&](const std::string& answer, bool ends) {
        HttpServer server([&](HttpPeer& peer) {
            const std::string first = peer.read(1);
            if (first != "\x16") was_asked_in_plain = true;
            peer.send(answer);
            if (!ends) peer.hang();
        });
        http::Options options = at.options(server.port());
        if (answer.empty() && !ends) options.connect_timeout = 200ms;
        Outcome result = perform(options, get());
        CHECK(server.connection_count() == 1);
        return words(result);
    };
    CHECK(outcome("HTTP/1.1 400 Bad\r\n\r\n", false) == "tls_failed (not_tls)");
    CHECK(outcome("", true) == "tls_failed (closed)");
    CHECK(outcome("", false) == "tls_failed (timed_out)");
    CHECK_FALSE(was_asked_in_plain);
}

TEST_CASE("http tls: megabytes go both ways at once") {
    Hospital at;
    const std::string body = pattern(4'000'000);
    HttpServer server(
        [&](HttpPeer& peer) {
            const std::string request = peer.read_request();
            server.note(support::body_of(request) == body ? "right" : "wrong");
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n" + body);
            peer.hang();
        },
        HttpTls{at.authority.issue()});
    Pattern source(4'000'000);
    const http::Response response = response_of(perform(at.options(server.port()), put(source)));
    CHECK((response.body == body));
    CHECK(server.notes().at(0) == "right");
}

TEST_CASE("http tls: an early answer, a lost connection and an interrupt are as without") {
    Hospital at;
    const HttpTls tls{at.authority.issue()};
    HttpServer early(
        [](HttpPeer& peer) {
            peer.read_head();
            peer.send("HTTP/1.1 413 x\r\nContent-Length: 4\r\n\r\nnope");
            peer.take_time(20s);
        },
        tls);
    Pattern source(std::uint64_t{64} << 20);
    const http::Response response = response_of(perform(at.options(early.port()), put(source)));
    CHECK(response.status == 413);
    CHECK(response.is_early);

    HttpServer lost([](HttpPeer& peer) { peer.read_request(); }, tls);
    CHECK(words(perform(at.options(lost.port()), post("x"))) == "lost (the request had left)");
    HttpServer cut(
        [](HttpPeer& peer) {
            peer.read_request();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbo");
            peer.take_time(50ms);
            peer.cut();
        },
        tls);
    CHECK(failure_of(perform(at.options(cut.port()), post("x"))).fault == Fault::lost);

    // A source that fails must not look like the end of anything.
    HttpServer waiting(
        [&](HttpPeer& peer) {
            peer.read_head();
            waiting.note(peer.read_to_end() ? "ended" : "cut");
        },
        tls);
    Pattern never(1000);
    http::Request request = put(never);
    request.piece_bytes_max = 500;
    request.pace = [count = 0](std::size_t) mutable { return ++count < 2; };
    CHECK(words(perform(at.options(waiting.port()), request)) == "interrupted");
    REQUIRE(waiting.wait_for_notes(1));
    CHECK(waiting.notes()[0] == "cut");
}

TEST_CASE("http tls: a connection that is no longer kept ends with a farewell") {
    Hospital at;
    HttpServer server(
        [&](HttpPeer& peer) {
            peer.read_request();
            peer.send(ok);
            server.note(peer.read_to_end() == "" ? "farewell" : "cut");
        },
        HttpTls{at.authority.issue()});
    CHECK(response_of(perform(at.options(server.port()), get())).body == "ok");
    REQUIRE(server.wait_for_notes(1));
    CHECK(server.notes()[0] == "farewell");
}

TEST_CASE("http tls: a kept connection that was closed with a farewell is replaced before anything is sent") {
    Hospital at;
    HttpServer server(
        [&](HttpPeer& peer) {
            peer.read_request();
            peer.send(ok);
            peer.finish();
            server.note("closed");
            peer.hang();
        },
        HttpTls{at.authority.issue()});
    http::Client client(at.options(server.port()));
    const http::Interrupt interrupt;
    for (std::size_t i = 1; i <= 2; ++i) {
        CHECK(response_of(client.perform(post("x"), interrupt)).body == "ok");
        REQUIRE(server.wait_for_notes(i));
    }
    CHECK(server.connection_count() == 2);
}
