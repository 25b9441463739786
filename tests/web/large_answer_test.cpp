// Answers that don't fit into a socket's buffers.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

#include "client.h"
#include "rig.h"

namespace {

using test::Client;
using namespace std::chrono_literals;

constexpr std::size_t large_bytes = 24U << 20, burst_bytes = 2U << 20;

std::mutex mutex;
std::weak_ptr<const void> held;  ///< by the last answer

web::Response large(const web::Request&, const web::Deps&) {
    web::Response response;
    response.content_type = "text/plain";
    response.body.assign(large_bytes, 'x');
    auto token = std::make_shared<int>(0);
    response.held = token;
    const std::lock_guard lock(mutex);
    held = token;
    return response;
}

bool is_held() {
    const std::lock_guard lock(mutex);
    return !held.expired();
}

web::Limits hasty() {
    web::Limits limits;
    limits.write_timeout = 1500ms;
    return limits;
}

template <class Condition>
bool comes_true(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(1ms);  // between looks
    }
    return true;
}

constexpr const char* question = "GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("large answer: whoever goes on reading gets it whole, though it takes longer than one write may") {
    test::Rig rig({{"GET", "/large", large, web::Permission::look, web::Kind::read}}, hasty());
    Client client(rig.port());
    client.send(question);
    std::size_t got = 0;
    const auto began = std::chrono::steady_clock::now();
    for (std::string some = client.read_some(); !some.empty(); some = client.read_some()) {
        const std::size_t bursts = got / burst_bytes;
        got += some.size();
        // In bursts, so that each write makes progress, and all of them take longer than one may.
        if (got / burst_bytes > bursts) std::this_thread::sleep_for(300ms);  // between looks at what has come
    }
    CHECK(std::chrono::steady_clock::now() - began > hasty().write_timeout);
    CHECK(got > large_bytes);
    CHECK(comes_true([] { return !is_held(); }));
}

TEST_CASE("large answer: whoever doesn't read is cut off, and what the answer held is let go") {
    test::Rig rig({{"GET", "/large", large, web::Permission::look, web::Kind::read}}, hasty());
    Client client(rig.port());
    client.send(question);
    CHECK(comes_true([] { return is_held(); }));
    CHECK(comes_true([] { return !is_held(); }));
    CHECK(client.read_to_end().size() < large_bytes);
}
