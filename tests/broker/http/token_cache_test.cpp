// One token for many threads: fetched once, renewed in time, dropped by generation.
#include "broker/http/token_cache.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/broker/http/rig.h"

using namespace std::chrono_literals;
using http_rig::Gate;
namespace http = broker::http;

namespace {

using Cache = http::TokenCache<int>;
constexpr http::Monotonic start{1000h};

/// Grants "1", "2", … each for `lifetime`, and counts.
struct Fetch {
    std::chrono::seconds lifetime = 100s;
    std::atomic<int> count = 0;
    Cache::Fetched operator()() { return http::Grant{std::to_string(++count), lifetime}; }
};

std::string value_of(const Cache::Answer& answer) {
    if (const auto* token = std::get_if<http::Token>(&answer)) return token->value;
    if (const auto* refusal = std::get_if<int>(&answer)) return "refused " + std::to_string(*refusal);
    return "interrupted";
}

/// Until so many wait for another one's fetch, or 20 s; whether they do.
bool wait_for_waiting(const Cache& cache, std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (cache.waiting_count() != count && std::chrono::steady_clock::now() < until) Gate().wait_for(1ms);
    return cache.waiting_count() == count;
}

}  // namespace

TEST_CASE("http token: it is fetched once, kept until the margin before its end, and then fetched anew") {
    Cache cache(30s);
    Fetch fetch;
    const http::Interrupt interrupt;
    const auto at = [&](std::chrono::seconds after) {
        return value_of(cache.token(std::ref(fetch), start + after, interrupt));
    };
    CHECK(at(0s) == "1");
    CHECK(at(69s) == "1");
    CHECK(at(70s) == "2");
    CHECK(at(139s) == "2");
    CHECK(at(1000s) == "3");
    CHECK(fetch.count == 3);
}

TEST_CASE("http token: one that lives no longer than the margin is kept for half its life") {
    Cache cache(30s);
    Fetch fetch{.lifetime = 10s};
    const http::Interrupt interrupt;
    CHECK(value_of(cache.token(std::ref(fetch), start, interrupt)) == "1");
    CHECK(value_of(cache.token(std::ref(fetch), start + 4s, interrupt)) == "1");
    CHECK(value_of(cache.token(std::ref(fetch), start + 5s, interrupt)) == "2");
    fetch.lifetime = 0s;
    CHECK(value_of(cache.token(std::ref(fetch), start + 100s, interrupt)) == "3");
    CHECK(value_of(cache.token(std::ref(fetch), start + 100s, interrupt)) == "4");
}

TEST_CASE("http token: no token lives longer than a day, or less than nothing") {
    const http::Interrupt interrupt;
    for (const auto lifetime : {std::chrono::seconds::max(), std::chrono::seconds(24h) + 1s}) {
        Cache cache(30s);
        Fetch fetch{.lifetime = lifetime};
        CHECK(value_of(cache.token(std::ref(fetch), start, interrupt)) == "1");
        CHECK(value_of(cache.token(std::ref(fetch), start + 24h - 31s, interrupt)) == "1");
        CHECK(value_of(cache.token(std::ref(fetch), start + 24h - 30s, interrupt)) == "2");
    }
    Cache cache(30s);
    Fetch fetch{.lifetime = std::chrono::seconds::min()};
    CHECK(value_of(cache.token(std::ref(fetch), start, interrupt)) == "1");
    CHECK(value_of(cache.token(std::ref(fetch), start, interrupt)) == "2");
}

TEST_CASE("http token: only the generation that was refused is dropped") {
    Cache cache(30s);
    Fetch fetch;
    const http::Interrupt interrupt;
    const auto first = std::get<http::Token>(cache.token(std::ref(fetch), start, interrupt));
    cache.drop(first.generation + 1);
    CHECK(value_of(cache.token(std::ref(fetch), start, interrupt)) == "1");
    cache.drop(first.generation);
    const auto second = std::get<http::Token>(cache.token(std::ref(fetch), start, interrupt));
    CHECK(second.value == "2");
    CHECK(second.generation == first.generation + 1);
    // Another one who was refused with the first.
    cache.drop(first.generation);
    CHECK(value_of(cache.token(std::ref(fetch), start, interrupt)) == "2");
    CHECK(fetch.count == 2);
}

TEST_CASE("http token: a refusal is told and not kept") {
    Cache cache(30s);
    const http::Interrupt interrupt;
    int count = 0;
    const auto refuse = [&]() -> Cache::Fetched { return ++count; };
    CHECK(value_of(cache.token(refuse, start, interrupt)) == "refused 1");
    CHECK(value_of(cache.token(refuse, start, interrupt)) == "refused 2");
    Fetch fetch;
    CHECK(value_of(cache.token(std::ref(fetch), start, interrupt)) == "1");
    const auto throwing = []() -> Cache::Fetched { throw std::domain_error("no"); };
    CHECK(value_of(cache.token(throwing, start, interrupt)) == "1");
    cache.drop(1);
    CHECK_THROWS_AS(cache.token(throwing, start, interrupt), std::domain_error);
    CHECK(value_of(cache.token(std::ref(fetch), start, interrupt)) == "2");
}

namespace {

/// Eight threads of which one fetches while the others wait for it; what each got.
std::vector<std::string> together(const Cache::Fetched& brought, bool throws, int& fetch_count) {
    Cache cache(30s);
    const http::Interrupt interrupt;
    std::atomic<int> fetches = 0;
    const auto fetch = [&]() -> Cache::Fetched {
        ++fetches;
        wait_for_waiting(cache, 7);
        if (throws) throw std::domain_error("no");
        return brought;
    };
    std::vector<std::string> got(8);
    std::vector<std::thread> threads;
    for (std::string& mine : got)
        threads.emplace_back([&] {
            try {
                mine = value_of(cache.token(fetch, start, interrupt));
            } catch (const std::domain_error&) {
                mine = "thrown";
            }
        });
    for (std::thread& thread : threads) thread.join();
    fetch_count = fetches;
    return got;
}

}  // namespace

TEST_CASE("http token: many who come at once wait for one fetch, and all get what it brought") {
    int fetches = 0;
    for (const std::string& mine : together(http::Grant{"token", 100s}, false, fetches)) CHECK(mine == "token");
    CHECK(fetches == 1);
    for (const std::string& mine : together(7, false, fetches)) CHECK(mine == "refused 7");
    CHECK(fetches == 1);
    for (const std::string& mine : together(7, true, fetches)) CHECK(mine == "thrown");
    CHECK(fetches == 1);
}

TEST_CASE("http token: one who waits can be interrupted, and the fetch goes on") {
    Cache cache(30s);
    http::Interrupt one, other;
    Gate fetching, go_on;
    std::thread fetcher([&] {
        const auto fetch = [&]() -> Cache::Fetched {
            fetching.open();
            go_on.wait();
            return http::Grant{"token", 100s};
        };
        CHECK(value_of(cache.token(fetch, start, one)) == "token");
    });
    REQUIRE(fetching.wait());
    std::thread waiter([&] {
        const auto never = []() -> Cache::Fetched { return 1; };
        CHECK(value_of(cache.token(never, start, other)) == "interrupted");
    });
    CHECK(wait_for_waiting(cache, 1));
    other.raise();
    waiter.join();
    CHECK(cache.waiting_count() == 0);
    go_on.open();
    fetcher.join();
}

TEST_CASE("http token: where the one who fetches is interrupted, another one who waits fetches") {
    Cache cache(30s);
    http::Interrupt one;
    const http::Interrupt other;
    Gate fetching, go_on;
    std::thread fetcher([&] {
        const auto fetch = [&]() -> Cache::Fetched {
            fetching.open();
            go_on.wait();
            return 499;
        };
        CHECK(value_of(cache.token(fetch, start, one)) == "refused 499");
    });
    REQUIRE(fetching.wait());
    Fetch good;
    std::thread waiter([&] { CHECK(value_of(cache.token(std::ref(good), start, other)) == "1"); });
    CHECK(wait_for_waiting(cache, 1));
    one.raise();
    go_on.open();
    fetcher.join();
    waiter.join();
    CHECK(good.count == 1);
}
