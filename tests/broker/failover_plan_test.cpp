/// Who stands in for whom: the table of the pure decision.
#include <doctest/doctest.h>

#include "broker/failover_plan.h"

using namespace broker;
using namespace std::chrono_literals;

namespace {

const outbox::Instant now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 15)};

struct Standing {
    std::string name;
    std::optional<std::chrono::milliseconds> troubled_for = {};
    bool is_paused = false;
};

/// What is done for "a", whose failover is b, then c, after five minutes.
FailoverStep step_of(const std::vector<Standing>& standings, const std::string& stood_in_by = "") {
    std::vector<Place> places;
    for (const Standing& each : standings) {
        Place& place = places.emplace_back(Place{.name = each.name, .is_paused = each.is_paused});
        if (each.troubled_for) place.troubled_since = now - *each.troubled_for;
        if (each.name == "a") {
            place.failover = {"b", "c"};
            place.failover_after = 5min;
            place.stood_in_by = stood_in_by;
        }
    }
    for (const FailoverStep& each : plan_failover(places, now))
        if (each.destination == "a") return each;
    return {};
}

}  // namespace

TEST_CASE("failover: who stands in for whom") {
    struct Row {
        const char* what;
        std::vector<Standing> standings;
        std::string stood_in_by;
        FailoverStep expected;
    };
    const Row rows[] = {
        {"it works: what stands in for it comes back", {{"a"}, {"b"}, {"c"}}, "", {"a", "", "", {}, true}},
        {"it works again", {{"a"}, {"b"}, {"c"}}, "b", {"a", "", "", {}, true}},
        {"not for long enough", {{"a", 4min}, {"b"}, {"c"}}, "", {"a", "", "", {}, false}},
        {"for just long enough", {{"a", 5min}, {"b"}, {"c"}}, "", {"a", "b", "b", {}, false}},
        {"a person paused it", {{"a", 1h, true}, {"b"}, {"c"}}, "b", {"a", "", "", {}, false}},
        {"the first one has trouble, too", {{"a", 1h}, {"b", 1min}, {"c"}}, "", {"a", "c", "c", {}, false}},
        {"and has had it for as long", {{"a", 1h}, {"b", 5min}, {"c"}}, "b", {"a", "c", "c", {"b"}, false}},
        {"the first one is paused", {{"a", 1h}, {"b", {}, true}, {"c"}}, "", {"a", "c", "c", {}, false}},
        {"the first one left the configuration", {{"a", 1h}, {"c"}}, "", {"a", "c", "c", {}, false}},
        {"the first one works again: who stands in goes on",
         {{"a", 1h}, {"b"}, {"c"}},
         "c",
         {"a", "c", "c", {}, false}},
        {"who stands in has trouble, too, and not for long",
         {{"a", 1h}, {"b", 4min}, {"c"}},
         "b",
         {"a", "b", "", {}, false}},
        {"who stands in was paused", {{"a", 1h}, {"b", {}, true}, {"c"}}, "b", {"a", "c", "c", {}, false}},
        {"who stands in is listed no more", {{"a", 1h}, {"b"}, {"c"}}, "d", {"a", "b", "b", {}, false}},
        {"nobody can", {{"a", 1h}, {"b", 1h}, {"c", 1h}}, "", {"a", "", "", {}, false}},
        {"nobody can take more", {{"a", 1h}, {"b", 1h}, {"c", 1h}}, "c", {"a", "c", "", {}, false}},
        {"nobody can, and who did is listed no more", {{"a", 1h}, {"b", 1h}}, "d", {"a", "", "", {}, false}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        const bool is_as_expected = step_of(row.standings, row.stood_in_by) == row.expected;
        CHECK(is_as_expected);
    }
}

TEST_CASE("failover: without a list nothing is moved, and each is looked at by its own list") {
    std::vector<Place> places{{.name = "a", .troubled_since = now - 1h, .failover = {"b"}},
                              {.name = "b", .troubled_since = now - 1h, .failover = {"a"}},
                              {.name = "c", .troubled_since = now - 1h}};
    for (const FailoverStep& each : plan_failover(places, now)) {
        CHECK(each.moves_to.empty());
        CHECK(each.stood_in_by.empty());
    }
    places[1].troubled_since.reset();
    const auto steps = plan_failover(places, now);
    CHECK(steps[0].moves_to == "b");
    CHECK(steps[1].takes_back);
    CHECK(steps[2].moves_to.empty());
}
