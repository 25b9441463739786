/// Tests of the times that a person types.
#include <doctest/doctest.h>

#include <cstdlib>

#include "broker/cli/instants.h"

using namespace broker::cli;

namespace {

const Here jakarta{std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) + std::chrono::hours(10), "Asia/Jakarta"};

std::string read(const std::string& text, DayEnd day = DayEnd::begin, const Here& here = jakarta) {
    const auto at = parse_instant(text, here, day);
    return at ? print_instant(*at) : "none";
}

}  // namespace

TEST_CASE("cli: dates are days of the node's zone, instants keep their offset, durations count back") {
    struct Row {
        const char *typed, *meant;
    };
    const Row rows[] = {{"2026-01-15", "2026-01-14T17:00:00.000Z"},
                        {"2026-01-15T08:30", "2026-01-15T01:30:00.000Z"},
                        {"2026-01-15 08:30:15", "2026-01-15T01:30:15.000Z"},
                        {"2026-01-15T08:30:15.250Z", "2026-01-15T08:30:15.250Z"},
                        {"2026-01-15T08:30+07:00", "2026-01-15T01:30:00.000Z"},
                        {"2026-01-15T08:30-03:30", "2026-01-15T12:00:00.000Z"},
                        {"2024-02-29", "2024-02-28T17:00:00.000Z"},
                        {"90s", "2026-01-15T09:58:30.000Z"},
                        {"15m", "2026-01-15T09:45:00.000Z"},
                        {"4h", "2026-01-15T06:00:00.000Z"},
                        {"30d", "2025-12-16T10:00:00.000Z"}};
    for (const Row& row : rows) {
        CAPTURE(row.typed);
        CHECK(read(row.typed) == row.meant);
    }
}

TEST_CASE("cli: until a date includes that day, over the end of a month too") {
    CHECK(read("2026-01-15", DayEnd::end) == "2026-01-15T17:00:00.000Z");
    CHECK(read("2026-01-31", DayEnd::end) == "2026-01-31T17:00:00.000Z");
    CHECK(read("2025-12-31", DayEnd::end) == "2025-12-31T17:00:00.000Z");
    CHECK(read("2026-01-15T00:00Z", DayEnd::end) == "2026-01-15T00:00:00.000Z");
}

TEST_CASE("cli: summer time is the zone's own") {
    const Here berlin{jakarta.now, "Europe/Berlin"};
    CHECK(read("2026-07-01T12:00", DayEnd::begin, berlin) == "2026-07-01T10:00:00.000Z");
    CHECK(read("2026-01-01T12:00", DayEnd::begin, berlin) == "2026-01-01T11:00:00.000Z");
}

TEST_CASE("cli: what is no time is refused") {
    for (const char* typed :
         {"", "yesterday", "2026-13-01", "2026-02-30", "2026-1-5", "2026-01-15T", "2026-01-15T25:00", "2026-01-15T08",
          "2026-01-15T08:30:", "2026-01-15T08:30Zx", "2026-01-15T08:30+7", "2026-01-15T08:30:15.25", "-026-01-15", "5",
          "4y", "2026-01-15x", "99999999999d", "36526d", "9223372036854775807ms"}) {
        CAPTURE(typed);
        CHECK(read(typed) == "none");
    }
}

TEST_CASE("cli: an instant whose year in UTC cannot be written is refused, the ones beside it are read") {
    const Here berlin{jakarta.now, "Europe/Berlin"};
    CHECK(read("9999-12-31T23:59:59Z") == "9999-12-31T23:59:59.000Z");
    CHECK(read("9999-12-31T23:59:59-01:00") == "none");
    CHECK(read("0000-01-01T00:00Z") == "0000-01-01T00:00:00.000Z");
    CHECK(read("0000-01-01T00:00+01:00") == "none");
    CHECK(read("36525d", DayEnd::begin, berlin) == "1926-01-15T10:00:00.000Z");
}

TEST_CASE("cli: reading a time leaves the process's zone as it was") {
    ::setenv("TZ", "UTC0", 1);
    read("2026-01-15");
    CHECK(std::string(std::getenv("TZ")) == "UTC0");
    ::unsetenv("TZ");
    read("2026-01-15");
    CHECK(std::getenv("TZ") == nullptr);
}
