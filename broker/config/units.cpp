/// Units: tables of suffixes, read and written in whole numbers.
#include "broker/config/units.h"

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace broker::config {

namespace {

struct Unit {
    std::string_view suffix;
    std::uint64_t factor;
};

// Largest first: print takes the first that divides.
constexpr std::array duration_units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                                    Unit{"ms", 1}};
constexpr std::uint64_t kilo = 1'000, kibi = 1'024;
constexpr std::array size_units{Unit{"TiB", kibi* kibi* kibi* kibi},
                                Unit{"TB", kilo* kilo* kilo* kilo},
                                Unit{"GiB", kibi* kibi* kibi},
                                Unit{"GB", kilo* kilo* kilo},
                                Unit{"MiB", kibi* kibi},
                                Unit{"MB", kilo* kilo},
                                Unit{"KiB", kibi},
                                Unit{"kB", kilo},
                                Unit{"KB", kilo},
                                Unit{"B", 1}};
constexpr std::array bit_rate_units{Unit{"Gbit/s", 125'000'000}, Unit{"Mbit/s", 125'000}, Unit{"kbit/s", 125}};

/// `digits` and exactly one of the suffixes, without overflow.
std::optional<std::uint64_t> parse_with(std::span<const Unit> units, std::string_view text) {
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
    if (suffix.starts_with(' ')) suffix.remove_prefix(1);
    for (const Unit& unit : units) {
        if (suffix != unit.suffix) continue;
        if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / unit.factor)
            return std::nullopt;
        return number * unit.factor;
    }
    return std::nullopt;
}

std::string print_with(std::span<const Unit> units, std::uint64_t value) {
    for (const Unit& unit : units)
        if (value != 0 && value % unit.factor == 0) return std::to_string(value / unit.factor).append(unit.suffix);
    return std::to_string(value).append(units.back().suffix);
}

}  // namespace

std::uint64_t bytes_of(const PercentOrBytes& share, std::uint64_t capacity_bytes) {
    if (const auto* bytes = std::get_if<std::uint64_t>(&share)) return *bytes;
    // Divided first: the product of a big disk's bytes and 100 need not fit.
    std::uint64_t percent = std::get<Percent>(share).value;
    return capacity_bytes / 100 * percent + capacity_bytes % 100 * percent / 100;
}

std::optional<Duration> parse_duration(std::string_view text) {
    if (text == "0") return Duration{0};
    std::optional<std::uint64_t> milliseconds = parse_with(duration_units, text);
    if (!milliseconds || *milliseconds > static_cast<std::uint64_t>(duration_max.count())) return std::nullopt;
    return Duration{static_cast<std::int64_t>(*milliseconds)};
}

std::string print_duration(Duration value) {
    // One minute is written as in the documentation; a waiting time of less than two is thought of in seconds.
    if (value.count() == 0 || value.count() == 60'000) return std::to_string(value.count() / 1'000) + "s";
    return print_with(duration_units, static_cast<std::uint64_t>(value.count()));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    if (text == "0") return 0;
    return parse_with(size_units, text);
}

std::string print_size(std::uint64_t bytes) {
    return print_with(size_units, bytes);
}

std::optional<Rate> parse_rate(std::string_view text) {
    if (text == "0") return Rate{0};
    std::optional<std::uint64_t> bytes = parse_with(bit_rate_units, text);
    if (!bytes && text.ends_with("/s")) bytes = parse_size(text.substr(0, text.size() - 2));
    if (!bytes || *bytes > rate_max.bytes_per_second) return std::nullopt;
    return Rate{*bytes};
}

std::string print_rate(Rate value) {
    std::uint64_t bytes = value.bytes_per_second;
    if (bytes != 0 && bytes % 125 == 0 && bytes % kibi != 0) return print_with(bit_rate_units, bytes);
    return print_size(bytes) + "/s";
}

std::optional<PercentOrBytes> parse_percent_or_size(std::string_view text) {
    if (!text.ends_with('%')) {
        std::optional<std::uint64_t> bytes = parse_size(text);
        if (!bytes) return std::nullopt;
        return *bytes;
    }
    constexpr std::array percent_sign{Unit{"%", 1}};
    std::optional<std::uint64_t> percent = parse_with(percent_sign, text);
    if (!percent || *percent > 100) return std::nullopt;
    return Percent{static_cast<unsigned>(*percent)};
}

std::string print_percent_or_size(const PercentOrBytes& value) {
    if (const auto* bytes = std::get_if<std::uint64_t>(&value)) return print_size(*bytes);
    return std::to_string(std::get<Percent>(value).value) + "%";
}

}  // namespace broker::config
