/// Ages over the API, and who counts them when many ask.
#include "web/ages.h"

#include <doctest/doctest.h>

#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <future>
#include <stdexcept>
#include <thread>

#include "client.h"
#include "rig.h"

namespace {

using boost::json::value;
using namespace std::chrono_literals;
using test::get;

outbox::AgesView counted(outbox::Instant at, std::int64_t jobs = 0) {
    outbox::AgesView ages{at, {{"pacs-a", {}, 0}}};
    ages.destinations.front().undelivered.back() = jobs;
    return ages;
}

value json_of(const test::Got& got) {
    return boost::json::parse(got.body);
}

}  // namespace

TEST_CASE("ages: a count is shared while it is good, and the more there is to count, the longer it is") {
    web::Ages ages;
    int counts = 0;
    const auto ask = [&](outbox::Instant now, std::int64_t jobs) {
        return ages.get(now, [&] {
            ++counts;
            return counted(now, jobs);
        });
    };
    CHECK(ask(test::now, 0).at == test::now);
    CHECK(ask(test::now + 999ms, 0).at == test::now);
    CHECK(counts == 1);
    CHECK(ask(test::now + 1s, 5'000'000).at == test::now + 1s);
    CHECK(ask(test::now + 10s, 0).at == test::now + 1s);
    CHECK(counts == 2);
    CHECK(ask(test::now + 13s, 0).at == test::now + 13s);
    CHECK(ask(test::now, 0).at == test::now);  // a clock that was set back
    CHECK(counts == 4);
}

TEST_CASE("ages: while one counts, others get the last count, or wait where there is none, and nobody counts twice") {
    web::Ages ages;
    std::atomic<int> counts = 0;
    std::promise<void> let_go;
    const std::shared_future<void> may_end = let_go.get_future().share();
    const auto slow = [&](outbox::Instant at) {
        return [&counts, may_end, at] {
            ++counts;
            may_end.wait();
            return counted(at, 7);
        };
    };
    auto first = std::async(std::launch::async, [&] { return ages.get(test::now, slow(test::now)); });
    while (counts == 0) std::this_thread::yield();
    auto second = std::async(std::launch::async, [&] { return ages.get(test::now, slow(test::now)); });
    let_go.set_value();
    CHECK(first.get().destinations.front().undelivered.back() == 7);
    CHECK(second.get().destinations.front().undelivered.back() == 7);
    CHECK(counts == 1);

    std::promise<void> again;
    const std::shared_future<void> may_end_again = again.get_future().share();
    const outbox::Instant later = test::now + 30s;
    auto counting = std::async(std::launch::async, [&] {
        return ages.get(later, [&counts, may_end_again, later] {
            ++counts;
            may_end_again.wait();
            return counted(later);
        });
    });
    while (counts == 1) std::this_thread::yield();
    CHECK(ages.get(later, [] { return counted({}); }).at == test::now);
    again.set_value();
    CHECK(counting.get().at == later);
    CHECK(counts == 2);
}

TEST_CASE("ages: a count that failed is not kept, and the next who asks counts again") {
    web::Ages ages;
    CHECK_THROWS_AS(ages.get(test::now, []() -> outbox::AgesView { throw std::runtime_error("no disk"); }),
                    std::runtime_error);
    CHECK(ages.get(test::now, [] { return counted(test::now, 3); }).destinations.front().undelivered.back() == 3);
}

TEST_CASE("ages: a cell leads to a list of as many jobs, by the bounds of its column") {
    test::Rig rig;
    for (int i = 1; i <= 3; ++i) rig.receive({"1.2.3." + std::to_string(i)});
    const value ages = json_of(get(rig.port(), "/api/v1/outbox/ages"));
    CHECK(ages.at("minutes").as_array().size() == 9);
    CHECK(ages.at("bounds").as_array().size() == 10);
    CHECK(ages.at("bounds").at(0).at("until").is_null());
    CHECK(ages.at("bounds").at(9).at("since").is_null());
    std::int64_t seen = 0;
    for (const value& each : ages.at("destinations").as_array()) {
        for (std::size_t column = 0; column < 10; ++column) {
            std::string path = "/api/v1/jobs?undelivered=true&destination=" + std::string(each.at("name").as_string());
            for (const char* bound : {"since", "until"})
                if (const value& at = ages.at("bounds").at(column).at(bound); at.is_string())
                    path += "&" + std::string(bound) + "=" + std::string(at.as_string());
            const auto jobs = static_cast<std::int64_t>(json_of(get(rig.port(), path)).at("items").as_array().size());
            CHECK(each.at("undelivered").at(column) == jobs);
            seen += jobs;
        }
    }
    CHECK(seen == 3);
    CHECK(get(rig.port(), "/api/v1/outbox/ages?destination=pacs-a").status == 400);
    CHECK(get(rig.port(), "/api/v1/jobs?undelivered=no").status == 400);
}
