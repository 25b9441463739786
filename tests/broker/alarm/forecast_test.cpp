/// Forecast: the day on which the disk is full is told from samples, and nothing where they tell nothing.
#include "broker/alarm/forecast.h"

#include <doctest/doctest.h>

#include <functional>

using namespace std::chrono_literals;
using broker::alarm::foretell;
using broker::alarm::Growth;
using outbox::SpaceSample;

namespace {

const outbox::Instant start{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
constexpr std::int64_t gib = std::int64_t{1} << 30;

/// One an hour.
std::vector<SpaceSample> samples(int count, const std::function<std::int64_t(int)>& free) {
    std::vector<SpaceSample> all;
    for (int hour = 0; hour < count; ++hour) all.push_back({start + hour * 1h, free(hour), 0, 0, 0});
    return all;
}

}  // namespace

TEST_CASE("forecast: where free space falls it is full when it reaches the mark") {
    struct Row {
        const char* what;
        std::vector<SpaceSample> samples;
        std::uint64_t full_bytes;
        std::optional<outbox::Instant> full_at;
    };
    const auto falling = [](int hour) { return (100 - hour) * gib; };
    auto cleaned = samples(49, [](int hour) { return (hour < 40 ? 100 - hour : 150 - hour) * gib; });
    auto noisy = samples(49, [](int hour) { return (200 - hour + (hour % 3 - 1) * 20) * gib; });
    const std::vector<Row> rows{
        {"nothing", {}, 0, {}},
        {"too few hours", samples(6, falling), 0, {}},
        {"six hours", samples(7, falling), 0, start + 100h},
        {"above a mark", samples(7, falling), 10 * gib, start + 90h},
        {"two days", samples(49, falling), 10 * gib, start + 90h},
        {"stays", samples(49, [](int) { return 100 * gib; }), 0, {}},
        {"rises", samples(49, [](int hour) { return (100 + hour) * gib; }), 0, {}},
        {"is below the mark by now: it has come true", samples(49, falling), 60 * gib, start + 48h},
        {"falls by so little that nobody needs to know",
         samples(49, [](int hour) { return 100 * gib - hour * 1024; }),
         0,
         {}},
        {"somebody emptied a folder: the trend is the same", cleaned, 10 * gib, start + 48h + 92h},
        {"goes to and fro", noisy, 0, start + 48h + 132h},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        const auto full_at = foretell(row.samples, row.full_bytes).full_at;
        REQUIRE(full_at.has_value() == row.full_at.has_value());
        if (full_at) CHECK(std::chrono::abs(*full_at - *row.full_at) <= 1h);
    }
}

TEST_CASE("forecast: four samples in six hours are enough, three are not") {
    const auto all = samples(7, [](int hour) { return (100 - hour) * gib; });
    CHECK_FALSE(foretell(std::vector{all[0], all[3], all[6]}, 0).full_at);
    CHECK(foretell(std::vector{all[0], all[2], all[4], all[6]}, 0).full_at);
}

TEST_CASE("forecast: what grows is told by reason, most of all first") {
    auto all = samples(25, [](int hour) { return (1000 - 3 * hour) * gib; });
    for (int hour = 0; hour < 25; ++hour) {
        auto& each = all[static_cast<std::size_t>(hour)];
        each.unrouted_bytes = hour * gib / 24;
        each.unfinished_bytes = hour * 2 * gib / 24;
        each.retained_bytes = (100 - hour) * gib;
    }
    CHECK(foretell(all, 0).growing == std::vector<Growth>{{"unfinished", 2 * gib}, {"unrouted", gib}});
    for (auto& each : all) each.unrouted_bytes = each.at == start ? 0 : 1000;
    CHECK(foretell(all, 0).growing == std::vector<Growth>{{"unfinished", 2 * gib}});
}
