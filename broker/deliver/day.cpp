// From one moment to the next at which the clock on the wall reaches the edge of a window, or is put forward or back.
#include "broker/deliver/day.h"

#include <algorithm>
#include <ctime>
#include <vector>

namespace broker::deliver {

namespace {

using outbox::Instant;
using std::chrono::minutes;

constexpr unsigned minutes_per_day = 24 * 60;
constexpr std::chrono::hours horizon{7 * 24};

struct Wall {
    unsigned minute = 0;  ///< of the day
    unsigned second = 0;
    long ahead_of_utc = 0;
};

Wall wall_at(Instant at) {
    const auto seconds =
        static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
    std::tm fields{};
    ::localtime_r(&seconds, &fields);
    return {static_cast<unsigned>(fields.tm_hour * 60 + fields.tm_min), static_cast<unsigned>(fields.tm_sec),
            fields.tm_gmtoff};
}

bool contains(const config::DayWindow& window, unsigned minute) {
    const bool is_after = minute >= window.from_minute, is_before = minute < window.until_minute;
    return window.from_minute < window.until_minute ? is_after && is_before : is_after || is_before;
}

/// The first whole second in (from, until] whose clock is not as far ahead of UTC as that of `from`; there is one.
Instant jump_between(Instant from, Instant until) {
    const long before = wall_at(from).ahead_of_utc;
    from = std::chrono::floor<std::chrono::seconds>(from);
    while (until - from > std::chrono::seconds(1)) {
        const Instant middle = std::chrono::floor<std::chrono::seconds>(from + (until - from) / 2);
        (wall_at(middle).ahead_of_utc == before ? from : until) = middle;
    }
    return until;
}

/// The first instant after `at` at which the wall shows one of these minutes, or jumps over or back behind it.
Instant next_edge(const std::vector<unsigned>& edges, Instant at) {
    const Wall wall = wall_at(at);
    unsigned wait = minutes_per_day;
    for (unsigned each : edges) {
        const unsigned until = (each + minutes_per_day - wall.minute) % minutes_per_day;
        wait = std::min(wait, until == 0 ? minutes_per_day : until);
    }
    const Instant edge =
        std::chrono::floor<std::chrono::seconds>(at) - std::chrono::seconds(wall.second) + minutes(wait);
    return wall_at(edge).ahead_of_utc == wall.ahead_of_utc ? edge : jump_between(at, edge);
}

std::vector<unsigned> edges_of(std::span<const config::DayWindow> windows) {
    std::vector<unsigned> edges;
    for (const config::DayWindow& each : windows)
        for (unsigned minute : {each.from_minute, each.until_minute}) edges.push_back(minute % minutes_per_day);
    return edges;
}

/// The first edge after `at` at which `value` is not what it is at `at`.
template <class Value>
std::optional<Instant> changes_at(const std::vector<unsigned>& edges, Instant at, Value value) {
    const auto now = value(at);
    for (Instant each = at; each - at < horizon;) {
        each = next_edge(edges, each);
        if (value(each) != now) return each;
    }
    return std::nullopt;
}

}  // namespace

bool is_open(std::span<const config::DayWindow> windows, Instant at) {
    const unsigned minute = wall_at(at).minute;
    return windows.empty() || std::any_of(windows.begin(), windows.end(),
                                          [&](const config::DayWindow& each) { return contains(each, minute); });
}

Instant opens_at(std::span<const config::DayWindow> windows, Instant at) {
    if (is_open(windows, at)) return at;
    const auto opens = changes_at(edges_of(windows), at, [&](Instant when) { return is_open(windows, when); });
    // No zone skips a whole week; should one, it is looked at again then.
    return opens.value_or(at + horizon);
}

std::optional<Instant> closes_at(std::span<const config::DayWindow> windows, Instant at) {
    if (!is_open(windows, at)) return at;
    return changes_at(edges_of(windows), at, [&](Instant when) { return is_open(windows, when); });
}

std::optional<config::Rate> rate_at(std::span<const config::Bandwidth> bandwidth, Instant at) {
    const unsigned minute = wall_at(at).minute;
    std::optional<config::Rate> rest;
    for (const config::Bandwidth& each : bandwidth) {
        if (each.between && contains(*each.between, minute)) return each.rate;
        if (!each.between && !rest) rest = each.rate;
    }
    return rest;
}

std::optional<Instant> rate_changes_at(std::span<const config::Bandwidth> bandwidth, Instant at) {
    std::vector<config::DayWindow> windows;
    for (const config::Bandwidth& each : bandwidth)
        if (each.between) windows.push_back(*each.between);
    return changes_at(edges_of(windows), at, [&](Instant when) { return rate_at(bandwidth, when); });
}

}  // namespace broker::deliver
