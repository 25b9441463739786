/// Units: how durations, sizes, rates and shares are read and printed.
#include "broker/config/units.h"

#include <doctest/doctest.h>

namespace broker::config {

using namespace std::chrono_literals;

TEST_CASE("units: durations are read in milliseconds to days and printed in the largest unit that is exact") {
    struct Row {
        std::string_view text;
        Duration value;
        const char* printed;
    };
    for (const Row& row :
         {Row{"250ms", 250ms, "250ms"}, Row{"60s", 60s, "60s"}, Row{"120s", 120s, "2m"}, Row{"90s", 90s, "90s"},
          Row{"15m", 15min, "15m"}, Row{"4h", 4h, "4h"}, Row{"30d", 720h, "30d"}, Row{"36525d", duration_max, "36525d"},
          Row{"0", 0ms, "0s"}, Row{"0s", 0ms, "0s"}}) {
        CAPTURE(row.text);
        CHECK(parse_duration(row.text) == row.value);
        CHECK(print_duration(row.value) == row.printed);
        CHECK(parse_duration(print_duration(row.value)) == row.value);
    }
    for (const char* text : {"", "s", "5", "-5s", "5 minutes", "5S", "1.5h", "99999999999999999999s",
                             "9223372036854775807d", "99999999999d", "36526d", "9223372036854775807ms", " 5s", "5s "})
        CHECK_MESSAGE(!parse_duration(text), text);
}

TEST_CASE("units: sizes have binary and decimal prefixes") {
    CHECK(parse_size("512B") == 512U);
    CHECK(parse_size("64KiB") == 65'536U);
    CHECK(parse_size("64MiB") == 67'108'864U);
    CHECK(parse_size("10GB") == 10'000'000'000U);
    CHECK(parse_size("4GiB") == 4'294'967'296U);
    CHECK(parse_size("0") == 0U);
    for (const char* text : {"", "12", "MiB", "-1MiB", "1,5GiB", "1PiB", "20000000TiB"})
        CHECK_MESSAGE(!parse_size(text), text);
    for (std::uint64_t value : {0ULL, 1ULL, 999ULL, 1000ULL, 1024ULL, 1536ULL, 1ULL << 30U, 5'000'000'000ULL})
        CHECK(parse_size(print_size(value)) == value);
}

TEST_CASE("units: rates are bits or bytes per second and print as what they were") {
    CHECK(parse_rate("2Mbit/s") == Rate{250'000});
    CHECK(parse_rate("64kbit/s") == Rate{8'000});
    CHECK(parse_rate("1KiB/s") == Rate{1'024});
    CHECK(print_rate(Rate{250'000}) == "2Mbit/s");
    CHECK(print_rate(Rate{1'024}) == "1KiB/s");
    for (const char* text : {"2Mbit", "2", "Mbit/s", "/s", "9000001Gbit/s", "8000000TB/s"})
        CHECK_MESSAGE(!parse_rate(text), text);
    for (std::uint64_t value : {0ULL, 1ULL, 125ULL, 1'024ULL, 128'000ULL, 1'250'000ULL, 1ULL << 20U})
        CHECK(parse_rate(print_rate(Rate{value})) == Rate{value});
}

TEST_CASE("units: a share of the disk is per cent of its capacity, or bytes") {
    CHECK(parse_percent_or_size("5%") == PercentOrBytes{Percent{5}});
    CHECK(parse_percent_or_size("10GiB") == PercentOrBytes{10ULL << 30U});
    for (const char* text : {"101%", "-1%", "%", "5", "5.5%"}) CHECK_MESSAGE(!parse_percent_or_size(text), text);
    CHECK(bytes_of(Percent{5}, 1'000) == 50U);
    CHECK(bytes_of(Percent{15}, 1'050) == 157U);
    CHECK(bytes_of(Percent{100}, ~0ULL) == ~0ULL);
    CHECK(bytes_of(std::uint64_t{7}, 1'000) == 7U);
}

}  // namespace broker::config
