// The way to a server: names, addresses, and everything that can be in the way.
#include <sys/resource.h>
#include <unistd.h>

#include "tests/broker/http/full_port.h"
#include "tests/broker/http/rig.h"

using namespace http_rig;
using namespace std::chrono_literals;
using http::Resolution;
using Answer = http::Resolution::Answer;

namespace {

http::Options named(std::uint16_t port, Resolution resolution) {
    http::Options options = options_for(port, "http", "pacs.example");
    options.resolve = [resolution](const std::string& name) {
        return name == "pacs.example" ? resolution : Resolution{};
    };
    return options;
}

HttpServer::Script answering_ok() {
    return [](HttpPeer& peer) {
        peer.read_request();
        peer.send(ok);
        peer.hang();
    };
}

}  // namespace

TEST_CASE("http connect: each way in which a name leads nowhere is told apart, and nothing has left") {
    CHECK(words(perform(named(80, {Answer::no_such_name, {}}), get())) == "no_such_name");
    CHECK(words(perform(named(80, {Answer::unresolved, {}}), get())) == "unresolved");
    CHECK(words(perform(named(80, {Answer::found, {}}), get())) == "no_such_name");
    http::Options options = named(80, {});
    options.resolve = [](const std::string&) -> Resolution { throw std::runtime_error("no resolver"); };
    CHECK(words(perform(options, get())) == "unresolved");
}

TEST_CASE("http connect: the system's own resolver knows localhost, and no name that cannot be") {
    CHECK(http::resolve_by_system("localhost").answer == Answer::found);
    CHECK(http::resolve_by_system("nowhere.invalid").answer != Answer::found);
    HttpServer server(answering_ok());
    CHECK(response_of(perform(options_for(server.port(), "http", "localhost"), get())).status == 200);
}

TEST_CASE("http connect: a resolver that doesn't answer is not waited for beyond the limit") {
    auto gate = std::make_shared<Gate>();
    http::Options options = named(80, {});
    options.connect_timeout = 50ms;
    options.resolve = [gate](const std::string&) {
        gate->wait();
        return Resolution{};
    };
    const auto begin = std::chrono::steady_clock::now();
    CHECK(words(perform(options, get())) == "unresolved");
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    gate->open();
}

TEST_CASE("http connect: a port where nothing listens refuses") {
    const http::Failure failure = failure_of(perform(options_for(support::free_port()), get()));
    CHECK(failure.fault == Fault::refused);
    CHECK_FALSE(failure.request_left);
}

TEST_CASE("http connect: an address where there is no way is unreachable") {
    // The documentation's own addresses are no use, since a router may swallow them; a port of the broadcast address
    // is.
    CHECK(words(perform(options_for(80, "http", "255.255.255.255"), get())) == "unreachable");
}

TEST_CASE("http connect: a server that takes no connection is not waited for beyond the limit") {
    const FullPort full;
    http::Options options = options_for(full.port());
    options.connect_timeout = 100ms;
    CHECK(words(perform(options, get())) == "connect_timed_out");
}

TEST_CASE("http connect: addresses are tried in turn, and one that swallows everything leaves time for the next") {
    HttpServer server(answering_ok());
    const auto port = server.port();
    CHECK(response_of(perform(named(port, {Answer::found, {"127.0.0.3", "127.0.0.1"}}), get())).status == 200);
    const FullPort full(port, 2);
    http::Options options = named(port, {Answer::found, {"127.0.0.2", "127.0.0.1"}});
    options.connect_timeout = 2s;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(response_of(perform(options, get())).status == 200);
    CHECK(std::chrono::steady_clock::now() - begin < 1900ms);
    CHECK(response_of(perform(named(port, {Answer::found, {"rubbish", "::1", "127.0.0.1"}}), get())).status == 200);
    CHECK(words(perform(named(port, {Answer::found, {"rubbish"}}), get())) == "no_such_name");
    CHECK(words(perform(named(port, {Answer::found, {"127.0.0.3", "127.0.0.4"}}), get())) == "refused");
}

TEST_CASE("http connect: a name that leads to link-local addresses is not followed, unless that is wanted") {
    for (const char* address : {"169.254.169.254", "fe80::1", "::ffff:169.254.169.254"})
        CHECK(words(perform(named(80, {Answer::found, {address}}), get())) == "address_denied");
    HttpServer server(answering_ok());
    CHECK(response_of(perform(named(server.port(), {Answer::found, {"169.254.169.254", "127.0.0.1"}}), get())).status ==
          200);
    http::Options options = named(80, {Answer::found, {"fe80::1"}});
    options.allows_link_local_names = true;
    options.connect_timeout = 50ms;
    CHECK(failure_of(perform(options, get())).fault != Fault::address_denied);
    // "::ffff:127.0.0.1" is an address like any other.
    CHECK(response_of(perform(named(server.port(), {Answer::found, {"::ffff:127.0.0.1"}}), get())).status == 200);
}

TEST_CASE("http connect: a machine without descriptors says so") {
    HttpServer server(answering_ok());
    http::Client client(options_for(server.port()));
    const http::Interrupt interrupt;
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int next = ::dup(0);
    REQUIRE(next >= 0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const Outcome outcome = client.perform(get(), interrupt);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(words(outcome) == "out_of_descriptors");
}
