/// Who goes when there is no room, and how work shares the threads.
#include "web/connections.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "web/channel.h"
#include "web/pool.h"

namespace {

web::Limits small() {
    web::Limits limits;
    limits.connections_max = 3;
    limits.connections_per_address_max = 2;
    return limits;
}

}  // namespace

TEST_CASE("connections: the longest idle one makes room, of the same address first") {
    const web::Limits limits = small();
    web::Connections connections(limits);
    std::vector<int> closed;
    const auto open = [&](const std::string& address, int name) {
        return connections.admit(address, [&closed, name] { closed.push_back(name); });
    };
    const auto first = open("a", 1), second = open("a", 2);
    connections.set_idle(*first, false);
    connections.set_idle(*first, true);  // now 2 is the longest idle
    REQUIRE(open("a", 3));
    CHECK(closed == std::vector<int>{2});
    connections.leave(*second);
    REQUIRE(open("b", 4));
    REQUIRE(open("c", 5));
    CHECK(closed == std::vector<int>{2, 1});
}

TEST_CASE("connections: nobody at work is closed for a new one") {
    const web::Limits limits = small();
    web::Connections connections(limits);
    int closed = 0;
    for (int i = 0; i < 2; ++i) connections.set_idle(*connections.admit("a", [&] { ++closed; }), false);
    CHECK_FALSE(connections.admit("a", [] {}));
    CHECK(closed == 0);
    CHECK(connections.count() == 2);
    connections.close_idle();
    CHECK(closed == 0);
    connections.close_all();
    CHECK(closed == 2);
}

TEST_CASE("pool: slow work takes half of the threads at most, so quick work is always done") {
    web::Pool pool("unused.db", 4, 16);
    pool.start();
    std::promise<void> release;
    const std::shared_future<void> released = release.get_future().share();
    std::atomic<int> running = 0, most = 0;
    for (int i = 0; i < 6; ++i)
        REQUIRE(pool.submit(web::Pace::slow, [&, released](const web::Pool::Desk&) {
            most = std::max<int>(most, ++running);
            released.wait();
            --running;
        }));
    for (int i = 0; i < 20; ++i) {
        std::promise<void> done;
        REQUIRE(pool.submit(web::Pace::quick, [&done](const web::Pool::Desk&) { done.set_value(); }));
        CHECK(done.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
    }
    CHECK(most <= 2);
    release.set_value();
    pool.stop();
    CHECK(running == 0);
    CHECK(most <= 2);
}

TEST_CASE("pool: exports that wait for their readers leave room for what somebody has done") {
    web::Pool pool("unused.db", 4, 16);
    pool.start();
    std::promise<void> release;
    const std::shared_future<void> released = release.get_future().share();
    for (int i = 0; i < 4; ++i)
        REQUIRE(pool.submit(web::Pace::reader, [released](const web::Pool::Desk&) { released.wait(); }));
    std::promise<void> done;
    REQUIRE(pool.submit(web::Pace::slow, [&done](const web::Pool::Desk&) { done.set_value(); }));
    CHECK(done.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
    release.set_value();
    pool.stop();
}

TEST_CASE("pool: what waits at a stop still runs and sees the stop; what comes later is refused") {
    web::Pool pool("unused.db", 2, 16);
    pool.start();
    std::promise<void> started;
    std::atomic<int> saw_stop = 0;
    REQUIRE(pool.submit(web::Pace::quick, [&](const web::Pool::Desk& desk) {
        started.set_value();
        std::promise<void> stopped;
        const std::stop_callback callback(desk.stop, [&] { stopped.set_value(); });
        stopped.get_future().wait();
        saw_stop += desk.stop.stop_requested();
    }));
    started.get_future().wait();
    pool.stop();
    CHECK(saw_stop == 1);
    CHECK_FALSE(pool.submit(web::Pace::quick, [](const web::Pool::Desk&) {}));
    pool.stop();
}

TEST_CASE("pool: more than may wait is refused") {
    web::Pool pool("unused.db", 2, 1);
    pool.start();
    std::promise<void> release;
    const std::shared_future<void> released = release.get_future().share();
    std::promise<void> started;
    REQUIRE(pool.submit(web::Pace::slow, [&started, released](const web::Pool::Desk&) {
        started.set_value();
        released.wait();
    }));
    started.get_future().wait();
    CHECK(pool.submit(web::Pace::slow, [](const web::Pool::Desk&) {}));
    CHECK_FALSE(pool.submit(web::Pace::slow, [](const web::Pool::Desk&) {}));
    release.set_value();
    pool.stop();
}

TEST_CASE("channel: pieces come in order, and the end says whether the body is whole") {
    web::Channel channel(2);
    std::jthread writer([&] {
        for (int i = 0; i < 100; ++i) channel.write(std::to_string(i));
        channel.end(false);
    });
    std::string all;
    bool is_broken = false;
    for (bool is_last = false; !is_last;) {
        std::promise<web::Piece> piece;
        channel.next([&](web::Piece given) { piece.set_value(std::move(given)); });
        const web::Piece got = piece.get_future().get();
        all += got.bytes;
        is_last = got.is_last;
        is_broken = got.is_broken;
    }
    std::string expected;
    for (int i = 0; i < 100; ++i) expected += std::to_string(i);
    CHECK(all == expected);
    CHECK(is_broken);
}

TEST_CASE("channel: a writer that waits for room is told that the reader is gone") {
    web::Channel channel(1);
    REQUIRE(channel.write("a"));
    auto second = std::async(std::launch::async, [&] { return channel.write("b"); });
    channel.abandon();
    CHECK_FALSE(second.get());
}

TEST_CASE("connections: who does not read makes room, the longest first, but is no idle one when the server ends") {
    web::Limits limits;
    limits.connections_max = 2;
    web::Connections connections(limits);
    std::vector<int> closed;
    const auto first = connections.admit("10.0.0.1", [&] { closed.push_back(1); });
    const auto second = connections.admit("10.0.0.2", [&] { closed.push_back(2); });
    connections.set_idle(*first, false);
    connections.set_idle(*second, false);
    CHECK_FALSE(connections.admit("10.0.0.3", [] {}));
    connections.set_writing(*first);
    connections.set_writing(*second);
    connections.set_writing(*first);  // it took what it was given
    connections.close_idle();
    CHECK(closed.empty());
    CHECK(connections.admit("10.0.0.3", [] {}));
    CHECK(closed == std::vector<int>{2});
}

TEST_CASE("connections: the Unix socket has room of its own") {
    web::Limits limits;
    limits.connections_max = 1;
    web::Connections connections(limits);
    const auto busy = connections.admit("10.0.0.1", [] {});
    connections.set_idle(*busy, false);
    CHECK_FALSE(connections.admit("10.0.0.2", [] {}));
    CHECK(connections.admit(std::string(web::local_address), [] {}));
}
