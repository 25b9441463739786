/// Heartbeat: beats while it is configured, and says once that it fails, and once that it is over.
#include "broker/heartbeat.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <fstream>

#include "tests/broker/committer/books.h"
#include "tests/support/http_server.h"

using namespace std::chrono_literals;
using books_test::Books;
using support::HttpPeer;
using support::HttpServer;

namespace {

/// Answers with `status` to each beat.
class Centre {
public:
    std::uint16_t port() const { return server_.port(); }
    bool wait_for(std::size_t beats) const { return server_.wait_for_notes(beats); }
    std::vector<std::string> beats() const { return server_.notes(); }

    std::atomic<int> status = 204;

private:
    HttpServer server_{[this](HttpPeer& peer) {
        for (;;) {
            const std::string request = peer.read_request();
            const int present = status;
            server_.note(request);
            if (present == 0) return peer.hang();
            peer.send("HTTP/1.1 " + std::to_string(present) + " x\r\nContent-Length: 0\r\n\r\n");
        }
    }};
};

struct House {
    explicit House(std::uint16_t port) {
        spdlog::set_level(spdlog::level::off);
        auto made = std::make_shared<broker::config::Config>();
        made->heartbeat =
            broker::config::Heartbeat{"http://127.0.0.1:" + std::to_string(port) + "/beat?site=1", 20ms, {}};
        set(made);
    }
    void set(std::shared_ptr<const broker::config::Config> made) {
        const std::lock_guard lock(mutex);
        config = std::move(made);
    }
    std::unique_ptr<broker::Heartbeat> heartbeat() {
        auto made = std::make_unique<broker::Heartbeat>(
            broker::Heartbeat::Parts{.committer = books.committer,
                                     .clock = clock,
                                     .config =
                                         [this] {
                                             const std::lock_guard lock(mutex);
                                             return config;
                                         },
                                     .body = [] { return std::string(R"({"node":"test"})"); },
                                     .look_every = 5ms});
        made->start();
        return made;
    }
    std::vector<std::string> events() const {
        std::vector<std::string> all;
        for (const auto& row : outbox::Views(books.database()).history({}, std::nullopt, 100).rows)
            if (row.event.starts_with("heartbeat")) all.insert(all.begin(), row.event);
        return all;
    }
    bool wait_for_events(std::size_t count) const {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (events().size() < count) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(5ms);  // between looks
        }
        return true;
    }

    Books books;
    broker::SystemClock clock;
    std::mutex mutex;  ///< guards config
    std::shared_ptr<const broker::config::Config> config;
};

using Events = std::vector<std::string>;

}  // namespace

TEST_CASE("heartbeat: the status is posted again and again, and a failure is told once, as is its end") {
    Centre centre;
    House house(centre.port());
    const auto heartbeat = house.heartbeat();
    REQUIRE(centre.wait_for(2));
    CHECK(centre.beats()[0].starts_with("POST /beat?site=1 HTTP/1.1\r\n"));
    CHECK(support::body_of(centre.beats()[0]) == R"({"node":"test"})");
    CHECK(house.events().empty());
    centre.status = 500;
    REQUIRE(house.wait_for_events(1));
    const auto failed = centre.beats().size();
    REQUIRE(centre.wait_for(failed + 3));
    CHECK(house.events() == Events{"heartbeat_failing"});
    centre.status = 200;
    REQUIRE(house.wait_for_events(2));
    CHECK(house.events() == Events{"heartbeat_failing", "heartbeat_recovered"});
}

TEST_CASE("heartbeat: a token is sent, and one that cannot be read is a failure") {
    Centre centre;
    House house(centre.port());
    auto made = std::make_shared<broker::config::Config>(*house.config);
    const auto secret = house.books.folder.path() / "token";
    made->heartbeat->token.file = secret;
    house.set(made);
    const auto heartbeat = house.heartbeat();
    REQUIRE(house.wait_for_events(1));
    CHECK(centre.beats().empty());
    std::ofstream(secret) << "t0ken\n";
    REQUIRE(centre.wait_for(1));
    CHECK(centre.beats()[0].find("\r\nAuthorization: Bearer t0ken\r\n") != std::string::npos);
    REQUIRE(house.wait_for_events(2));
}

TEST_CASE("heartbeat: another configuration counts without a restart, and a server that hangs keeps no stop waiting") {
    Centre centre, other;
    House house(centre.port());
    auto heartbeat = house.heartbeat();
    REQUIRE(centre.wait_for(1));
    house.set(std::make_shared<broker::config::Config>());
    auto made = std::make_shared<broker::config::Config>();
    other.status = 0;
    made->heartbeat = broker::config::Heartbeat{"http://127.0.0.1:" + std::to_string(other.port()) + "/", 1h, {}};
    house.set(made);
    REQUIRE(other.wait_for(1));
    const auto before = std::chrono::steady_clock::now();
    heartbeat->stop();
    heartbeat->stop();
    CHECK(std::chrono::steady_clock::now() - before < 10s);
    CHECK(house.events().empty());
}

TEST_CASE("heartbeat: an address that is none, and no heartbeat at all, beat nowhere") {
    House house(1);
    auto made = std::make_shared<broker::config::Config>();
    made->heartbeat = broker::config::Heartbeat{"http://user@host/x#y", 20ms, {}};
    house.set(made);
    auto heartbeat = house.heartbeat();
    heartbeat->stop();
    CHECK(house.events().empty());
}
