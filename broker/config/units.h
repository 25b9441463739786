/// Units: how durations, sizes, rates and shares of a disk are written in the configuration.
///
/// Pure functions; any thread. `parse_…` answers nothing for text that is not of its form; `print_…` writes the
/// shortest text that `parse_…` reads back as the same value.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace broker::config {

using Duration = std::chrono::milliseconds;

/// A whole number of bytes per second: 2Mbit/s is 250,000.
struct Rate {
    std::uint64_t bytes_per_second = 0;
    bool operator==(const Rate&) const = default;
};

/// The longest duration that is read: 100 years. Added to an instant, or made nanoseconds, it still fits 64 bits.
inline constexpr Duration duration_max = std::chrono::hours(24 * 36'525);
/// The fastest rate that is read, far above any link: times a second's milliseconds it still fits 64 bits.
inline constexpr Rate rate_max{1'000'000'000'000};

/// A share of the file system, 0 to 100.
struct Percent {
    unsigned value = 0;
    auto operator<=>(const Percent&) const = default;
};

/// "5%" of a file system, or bytes.
using PercentOrBytes = std::variant<Percent, std::uint64_t>;

/// What `share` means on a file system of `capacity_bytes`.
std::uint64_t bytes_of(const PercentOrBytes& share, std::uint64_t capacity_bytes);

/// `250ms`, `60s`, `15m`, `4h`, `30d`, up to duration_max; a bare `0` too.
std::optional<Duration> parse_duration(std::string_view text);
std::string print_duration(Duration value);

/// `512B`, `64KiB`, `10GB`: binary and decimal prefixes up to tera; a bare `0` too.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string print_size(std::uint64_t bytes);

/// `2Mbit/s` or a size per second, `1KiB/s`, up to rate_max.
std::optional<Rate> parse_rate(std::string_view text);
std::string print_rate(Rate value);

std::optional<PercentOrBytes> parse_percent_or_size(std::string_view text);
std::string print_percent_or_size(const PercentOrBytes& value);

}  // namespace broker::config
