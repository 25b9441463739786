/// What a request may say for an instant.
#include "web/times.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

#include "web/json/values.h"

namespace {

using web::DayEnd;

constexpr outbox::Instant now{std::chrono::milliseconds(1'768'465'800'250)};

/// The node's zone for one test.
struct Zone {
    explicit Zone(const char* name) { set(name); }
    ~Zone() { set("UTC"); }
    static void set(const char* name) {
        ::setenv("TZ", name, 1);
        ::tzset();
    }
};

std::string read(std::string_view text, DayEnd day = DayEnd::begin) {
    const auto at = web::parse_instant(text, now, day);
    return at ? web::json::text_of(*at) : "nothing";
}

}  // namespace

TEST_CASE("times: an instant is shown in UTC with milliseconds") {
    CHECK(web::json::text_of(now) == "2026-01-15T08:30:00.250Z");
    CHECK(web::json::text_of(outbox::Instant(std::chrono::milliseconds(-1))) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("times: instants with a zone mean what they say") {
    CHECK(read("2026-01-15T08:30Z") == "2026-01-15T08:30:00.000Z");
    CHECK(read("2026-01-15T08:30:15.25+07:00") == "2026-01-15T01:30:15.250Z");
    CHECK(read("2026-01-15 08:30:15.2509-03:30") == "2026-01-15T12:00:15.250Z");
}

TEST_CASE("times: a date is the node's day, begin or end") {
    const Zone zone("Asia/Jakarta");
    CHECK(read("2026-01-15") == "2026-01-14T17:00:00.000Z");
    CHECK(read("2026-01-15", DayEnd::end) == "2026-01-15T17:00:00.000Z");
    CHECK(read("2026-02-28", DayEnd::end) == "2026-02-28T17:00:00.000Z");
    CHECK(read("2026-01-15T08:30:00.125") == "2026-01-15T01:30:00.125Z");
}

TEST_CASE("times: a duration is that long back") {
    CHECK(read("2h") == "2026-01-15T06:30:00.250Z");
    CHECK(read("250ms") == "2026-01-15T08:30:00.000Z");
    CHECK(web::parse_duration("30d") == std::chrono::hours(720));
    CHECK(web::parse_duration("0s") == std::chrono::milliseconds(0));
}

TEST_CASE("times: anything else is nothing") {
    for (const char* text :
         {"", "yesterday", "2026-1-5", "2026-02-30", "2026-01-15T", "2026-01-15T24:00Z", "2026-01-15T08:60Z",
          "2026-01-15T08:30X", "2026-01-15T08:30+7", "2026-01-15T08:30Zjunk", "2h30m", "-2h", "h", "2 h", "2",
          "99999999999999999999d", "9223372036854775807d", "2026-01-15T08:30:00.Z"}) {
        CAPTURE(text);
        CHECK(read(text) == "nothing");
    }
}
