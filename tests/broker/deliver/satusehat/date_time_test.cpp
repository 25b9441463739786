// Date and time: every form that DICOM has, the zones, and how FHIR gets them.
#include "broker/deliver/satusehat/date_time.h"

#include <doctest/doctest.h>

#include <optional>

#include "tests/broker/deliver/satusehat/samples.h"
#include "tests/broker/deliver/zone.h"

using namespace broker::deliver::satusehat;
using namespace std::chrono_literals;

namespace {

std::string utc(const Moment& moment, std::string_view offset = "") {
    const auto found = date_time(moment, offset, samples::jakarta());
    return found ? print(*found, Style::utc) : "";
}

}  // namespace

TEST_CASE("date and time: a date is a day that there is, as DICOM or ACR-NEMA writes it") {
    using std::chrono::year_month_day;
    const year_month_day day{std::chrono::year(2026), std::chrono::month(1), std::chrono::day(5)};
    for (const std::string_view text : {"20260105", "2026.01.05", " 20260105 "}) {
        CAPTURE(text);
        CHECK(parse_date(text) == day);
    }
    for (const std::string_view text :
         {"", "2026", "202601", "2026010", "202601055", "2026-01-05", "2026.0105", "202601.05", "20261301", "20260230",
          "20260100", "20260001", "00000101", "2026010a", "2026.1.5", "05/01/26", "+2260105"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_date(text));
    }
    CHECK(parse_date("20240229"));
    CHECK_FALSE(parse_date("20250229"));
}

TEST_CASE("date and time: a time is hours, minutes and seconds as far as they are there") {
    struct Row {
        std::string_view text;
        std::chrono::seconds time;
    };
    for (const Row& row :
         {Row{"02", 2h}, Row{"0231", 2h + 31min}, Row{"023107", 2h + 31min + 7s}, Row{"023107.5", 2h + 31min + 7s},
          Row{"023107.999999", 2h + 31min + 7s}, Row{"02:31", 2h + 31min}, Row{"02:31:07", 2h + 31min + 7s},
          Row{"02:31:07.25", 2h + 31min + 7s}, Row{" 023107 ", 2h + 31min + 7s}, Row{"00", 0s}, Row{"235960", 24h},
          Row{"235959", 24h - 1s}}) {
        CAPTURE(row.text);
        CHECK(parse_time(row.text) == row.time);
    }
    for (const std::string_view text :
         {"", "2", "023", "02310", "0231075", "24", "0260", "023161", "02:", "02:3", "0231:07", "02:3107", "023107.",
          "023107.x", "0231.5", "noon", "-1", "023107.5 x"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_time(text));
    }
}

TEST_CASE("date and time: an offset from UTC is valid between -1200 and +1400") {
    CHECK(parse_offset("+0700") == 7h);
    CHECK(parse_offset("-0330") == -(3h + 30min));
    CHECK(parse_offset("+0000") == 0min);
    CHECK(parse_offset("+1400 ") == 14h);
    CHECK(parse_offset("-1200") == -12h);
    for (const std::string_view text :
         {"", "0700", "+7", "+07", "+07:00", "-0000", "+1401", "+1500", "-1201", "-1300", "+0760", "+07000", "WIB"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_offset(text));
    }
}

TEST_CASE("date and time: the three zones of Indonesia go back to UTC, over midnight and over a year") {
    const Moment moment{"20260101", "033000"};
    const auto print_in = [&](std::string_view zone) {
        return print(date_time(moment, "", indonesian_zone(zone).value()).value(), Style::utc);
    };
    CHECK(print_in("Asia/Jakarta") == "2025-12-31T20:30:00+00:00");
    CHECK(print_in("Asia/Pontianak") == "2025-12-31T20:30:00+00:00");
    CHECK(print_in("Asia/Makassar") == "2025-12-31T19:30:00+00:00");
    CHECK(print_in("Asia/Jayapura") == "2025-12-31T18:30:00+00:00");
    CHECK_FALSE(indonesian_zone("Asia/Singapore"));
    CHECK_FALSE(indonesian_zone(""));
}

TEST_CASE("date and time: the data set's offset counts where it is valid, else the node's zone") {
    const Moment moment{"20260302", "083007.25"};
    CHECK(utc(moment) == "2026-03-02T01:30:07+00:00");
    CHECK(utc(moment, "+0900") == "2026-03-01T23:30:07+00:00");
    CHECK(utc(moment, "-0330") == "2026-03-02T12:00:07+00:00");
    CHECK(utc(moment, "+9900") == "2026-03-02T01:30:07+00:00");
    CHECK(utc(moment, "-0000") == "2026-03-02T01:30:07+00:00");
}

TEST_CASE("date and time: with the other style it is local, with its offset") {
    const auto print_with = [](std::string_view offset) {
        return print(date_time({"20260302", "003007"}, offset, samples::jakarta()).value(), Style::offset);
    };
    CHECK(print_with("") == "2026-03-02T00:30:07+07:00");
    CHECK(print_with("-0330") == "2026-03-02T00:30:07-03:30");
    CHECK(print_with("+0000") == "2026-03-02T00:30:07+00:00");
}

TEST_CASE("date and time: a date without a time is the beginning of the local day, and marked") {
    for (const std::string_view time : {"", "nonsense", "25", "02310"}) {
        CAPTURE(time);
        const auto found = date_time({"20260302", std::string(time)}, "", samples::jakarta());
        REQUIRE(found);
        CHECK(found->is_time_assumed);
        CHECK(print(*found, Style::utc) == "2026-03-01T17:00:00+00:00");
        CHECK(print(*found, Style::offset) == "2026-03-02T00:00:00+07:00");
    }
    CHECK_FALSE(date_time({"20260302", "00"}, "", samples::jakarta())->is_time_assumed);
}

TEST_CASE("date and time: without a date there is nothing, whatever the time") {
    CHECK(utc({"", "083007"}) == "");
    CHECK(utc({"00000000", "083007"}) == "");
    CHECK(utc({"20260230", "083007"}) == "");
    // Nothing with a year that FHIR cannot write.
    CHECK(utc({"00010101", "000000"}) == "");
    CHECK(utc({"99991231", "235959"}, "-0100") == "");
    CHECK(utc({"99991231", "235959"}) == "9999-12-31T16:59:59+00:00");
}

TEST_CASE("date and time: what is later than now is in the future, to the second") {
    const auto found = date_time({"20260302", "083007"}, "", samples::jakarta()).value();
    CHECK_FALSE(is_future(found, found.at));
    CHECK_FALSE(is_future(found, found.at + 1s));
    CHECK(is_future(found, found.at - 1s));
}

TEST_CASE("date and time: the node's zone is the process's, also where it changes its clock") {
    {
        const support::Zone zone("Asia/Makassar");
        CHECK(print(date_time({"20260302", "083007"}, "", node_zone).value(), Style::offset) ==
              "2026-03-02T08:30:07+08:00");
    }
    const support::Zone zone("Europe/Amsterdam");
    CHECK(print(date_time({"20260302", "083007"}, "", node_zone).value(), Style::offset) ==
          "2026-03-02T08:30:07+01:00");
    CHECK(print(date_time({"20260702", "083007"}, "", node_zone).value(), Style::offset) ==
          "2026-07-02T08:30:07+02:00");
}

TEST_CASE("date and time: a FHIR instant is compared as an instant") {
    const auto base = parse_instant("2026-03-02T01:30:07+00:00").value();
    CHECK(parse_instant("2026-03-02T01:30:07Z") == base);
    CHECK(parse_instant("2026-03-02T08:30:07+07:00") == base);
    CHECK(parse_instant("2026-03-01T22:00:07-03:30") == base);
    CHECK(parse_instant("2026-03-02T01:30:07.000001+00:00") == base + 1us);
    CHECK(parse_instant("2026-03-02T01:30:07.1234567899+00:00") == base + 123456us);
    for (const std::string_view text :
         {"", "2026-03-02", "2026-03-02T01:30:07", "2026-03-02T01:30Z", "2026-03-02 01:30:07Z", "20260302T013007Z",
          "2026-03-02T01:30:07+0700", "2026-03-02T01:30:07Zx", "2026-02-30T01:30:07Z", "2026-03-02T01:30:07.Z",
          "2026-03-02T01:30:07+15:00"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_instant(text));
    }
}

TEST_CASE("date and time: a FHIR dateTime is a day of the wall, or all that it may be") {
    using std::chrono::sys_days, std::chrono::year, std::chrono::month, std::chrono::day;
    const auto at = [](int y, unsigned m, unsigned d) { return sys_days(year(y) / month(m) / day(d)); };
    CHECK(days_of("2026-03-02T17:30:00+00:00", 7h) == Days{at(2026, 3, 3), at(2026, 3, 3)});
    CHECK(days_of("2026-03-02T16:30:00+00:00", 7h) == Days{at(2026, 3, 2), at(2026, 3, 2)});
    CHECK(days_of("2026-03-02", 7h) == Days{at(2026, 3, 2), at(2026, 3, 2)});
    CHECK(days_of("2024-02", 7h) == Days{at(2024, 2, 1), at(2024, 2, 29)});
    CHECK(days_of("2026", 7h) == Days{at(2026, 1, 1), at(2026, 12, 31)});
    for (const std::string_view text :
         {"", "0000", "2026-13", "2026-00", "2026-3", "2026-02-30", "2026-03-02T17:30", "2026-03-02 x", "yesterday"}) {
        CAPTURE(text);
        CHECK_FALSE(days_of(text, 7h));
    }
}
