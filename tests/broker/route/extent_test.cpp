/// Ranges: what lies between two numbers, dates, times or ages.
#include "broker/route/extent.h"

#include <doctest/doctest.h>

#include "broker/route/range.h"

namespace broker::route {

namespace {

/// "" for an end that is open.
Range range(Order order, const std::string& min, const std::string& max) {
    Range made{order, {}, {}};
    if (!min.empty()) made.min = bound_of(order, min, false);
    if (!max.empty()) made.max = bound_of(order, max, false);
    REQUIRE((min.empty() || made.min));
    REQUIRE((max.empty() || made.max));
    return made;
}

}  // namespace

TEST_CASE("range: both ends belong to it, and the later one with all that its precision covers") {
    struct Row {
        Order order;
        std::string min, max, value;
        bool inside;
    };
    const Order number = Order::number, date = Order::date, time = Order::time, moment = Order::date_time,
                age = Order::age;
    const Row rows[] = {
        {number, "1", "3", "1", true},
        {number, "1", "3", "3", true},
        {number, "1", "3", "3.0000001", false},
        {number, "1", "3", "0", false},
        {number, "1", "", "+1e3 ", false},  // a space is padding, which is gone before
        {number, "1", "", "+1e3", true},
        {number, "", "-0.5", "-.6", true},
        {number, "9007199254740993", "", "9007199254740992", false},  // which no double tells apart
        {number, "9007199254740993", "", "9007199254740993", true},
        {number, "", "18446744073709551615", "18446744073709551615", true},
        {number, "-9223372036854775808", "", "-9223372036854775808", true},
        {number, "1", "3", "1A", false},
        {number, "0", "", "nan", false},
        {number, "0", "", "inf", false},
        {number, "0", "", "", false},
        {number, "0", "", "0x10", false},
        {date, "20260101", "20261231", "20260101", true},
        {date, "20260101", "20261231", "20261231", true},
        {date, "20260101", "20261231", "20270101", false},
        {date, "20260101", "20261231", "2026.07.15", true},
        {date, "20260101", "20261231", "2025.12.31", false},
        {date, "2026", "2026", "20261231", true},
        {date, "202602", "202602", "20260228", true},
        {date, "202602", "202602", "20260301", false},
        {date, "202612", "202612", "20261231", true},
        {date, "2026", "", "20260231", false},  // there is no such day
        {date, "2026", "", "26.07.2026", false},
        {date, "2026", "", "20260715X", false},
        {date, "20240229", "20240229", "20240229", true},
        {time, "0700", "1900", "070000", true},
        {time, "0700", "1900", "065959.999999", false},
        {time, "0700", "1900", "190059.9", true},
        {time, "0700", "1900", "1901", false},
        {time, "0700", "19", "195959", true},
        {time, "0700", "190000", "190000.999999", true},
        {time, "0700", "190000.5", "190000.599999", true},
        {time, "0700", "190000.5", "190000.6", false},
        {time, "0700", "1900", "07:30:00", true},
        {time, "0700", "1900", "07:30", true},
        {time, "0700", "1900", "2500", false},
        {time, "0700", "1900", "7:30", false},
        {time, "0700", "1900", "0760", false},
        {time, "0700", "1900", "070060", true},  // a leap second
        {time, "0700", "1900", "070000.", false},
        {time, "0700", "1900", "070000.1234567", false},
        {moment, "20260115070000", "20260115", "20260115235959.5", true},
        {moment, "20260115070000", "", "20260115", false},  // begins at midnight
        {moment, "202601150700", "", "20260115070000", true},
        {moment, "2026", "2026", "20260704120000+0700", true},
        {moment, "20260115070000+0700", "20260115070000+0700", "20260115000000+0000", true},
        {moment, "20260115070000+0700", "20260115070000+0700", "20260115070000-0000", false},
        {moment, "20260115070000+0700", "20260115070000+0700", "20260115070000", true},  // as it is written
        {moment, "2026", "", "2026-01-15", false},
        {moment, "2026", "", "20260115070000+07", false},
        {age, "018Y", "", "018Y", true},
        {age, "018Y", "", "017Y", false},
        {age, "018Y", "", "216M", true},
        {age, "", "018Y", "222M", true},  // eighteen and a half
        {age, "", "018Y", "019Y", false},
        {age, "", "002Y", "024M", true},
        {age, "001M", "012M", "005W", true},
        {age, "001M", "012M", "010D", false},
        {age, "001Y", "", "18Y", true},
        {age, "000D", "", "18", false},
        {age, "000D", "", "-01Y", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.min);
        CAPTURE(row.max);
        CAPTURE(row.value);
        CHECK(range(row.order, row.min, row.max).contains(row.value) == row.inside);
    }
}

TEST_CASE("range: bounds that are none are told, and those that leave nothing between them") {
    for (const char* wrong : {"", "x", "2026-01-15", "202613", "20260230", "2026.01", "20260115 "})
        CHECK_FALSE(bound_of(Order::date, wrong, false));
    for (const char* wrong : {"", "24", "7", "07:", "0700:00"}) CHECK_FALSE(bound_of(Order::time, wrong, false));
    for (const char* wrong : {"", "18", "Y", "0018Y", "018X", "018y"}) CHECK_FALSE(bound_of(Order::age, wrong, false));
    CHECK(range(Order::time, "2200", "0600").is_empty());
    CHECK_FALSE(range(Order::time, "2200", "22").is_empty());
    CHECK(range(Order::number, "2", "1").is_empty());
    CHECK_FALSE(range(Order::number, "2", "").is_empty());
}

TEST_CASE("range: VRs have the order of what they hold") {
    for (const char* vr : {"IS", "DS", "US", "SS", "UL", "SL", "UV", "SV", "FL", "FD"})
        CHECK(order_of(vr) == Order::number);
    CHECK(order_of("DA") == Order::date);
    CHECK(order_of("TM") == Order::time);
    CHECK(order_of("DT") == Order::date_time);
    CHECK(order_of("AS") == Order::age);
    for (const char* vr : {"LO", "PN", "UI", "SQ", "OB", "", "S ", "D"}) CHECK_FALSE(order_of(vr));
}

}  // namespace broker::route
