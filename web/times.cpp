/// Times: what a request may say for an instant: a date, an instant, or a duration back.
#include "web/times.h"

#include <charconv>
#include <ctime>

namespace web {
namespace {

using std::chrono::milliseconds;

/// Reads `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::chrono::year_month_day> take_date(std::string_view& text) {
    const auto year = take_number(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    return date;
}

/// Milliseconds: up to three digits, more are cut.
std::optional<milliseconds> take_fraction(std::string_view& text) {
    int value = 0, digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (digits < 3) value = value * 10 + (text.front() - '0');
        ++digits;
        text.remove_prefix(1);
    }
    if (digits == 0 || digits > 9) return std::nullopt;
    for (; digits < 3; ++digits) value *= 10;
    return milliseconds(value);
}

std::optional<milliseconds> take_time(std::string_view& text) {
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    milliseconds time = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
    if (!take(text, ':')) return time;
    const auto second = take_number(text, 2);
    if (!second || *second > 59) return std::nullopt;
    time += std::chrono::seconds(*second);
    if (!take(text, '.')) return time;
    const auto fraction = take_fraction(text);
    if (!fraction) return std::nullopt;
    return time + *fraction;
}

/// Local time of the process's zone; in the hour that comes twice, the first.
std::optional<outbox::Instant> from_local(std::chrono::year_month_day date, milliseconds time) {
    std::tm fields{};
    fields.tm_year = static_cast<int>(date.year()) - 1900;
    fields.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
    fields.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
    fields.tm_sec = static_cast<int>(std::chrono::floor<std::chrono::seconds>(time).count());
    fields.tm_isdst = -1;
    const std::time_t at = std::mktime(&fields);
    if (at == static_cast<std::time_t>(-1)) return std::nullopt;
    return outbox::Instant(std::chrono::seconds(at)) + time % std::chrono::seconds(1);
}

/// "Z", "+07:00", or nothing left: the node's zone.
std::optional<outbox::Instant> with_zone(std::string_view zone, std::chrono::year_month_day date, milliseconds time) {
    if (zone.empty()) return from_local(date, time);
    const outbox::Instant utc = std::chrono::sys_days(date) + time;
    if (zone == "Z") return utc;
    const bool is_east = zone.front() == '+';
    if (!is_east && zone.front() != '-') return std::nullopt;
    zone.remove_prefix(1);
    const auto hours = take_number(zone, 2);
    if (!hours || *hours > 14 || !take(zone, ':')) return std::nullopt;
    const auto minutes = take_number(zone, 2);
    if (!minutes || *minutes > 59 || !zone.empty()) return std::nullopt;
    const milliseconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return is_east ? utc - offset : utc + offset;
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
    constexpr milliseconds longest = std::chrono::hours(24 * 36525);
    std::int64_t count = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (code != std::errc() || count < 0 || text.starts_with('-')) return std::nullopt;
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    const std::int64_t factor = unit == "ms"  ? 1
                                : unit == "s" ? 1000
                                : unit == "m" ? 60'000
                                : unit == "h" ? 3'600'000
                                : unit == "d" ? 86'400'000
                                              : 0;
    if (factor == 0 || count > longest.count() / factor) return std::nullopt;
    return milliseconds(count * factor);
}

std::optional<outbox::Instant> parse_instant(std::string_view text, outbox::Instant now, DayEnd day) {
    if (const auto back = parse_duration(text)) return now - *back;
    const auto date = take_date(text);
    if (!date) return std::nullopt;
    if (text.empty()) {
        const std::chrono::sys_days next = std::chrono::sys_days(*date) + std::chrono::days(1);
        return from_local(day == DayEnd::begin ? *date : std::chrono::year_month_day(next), milliseconds(0));
    }
    if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
    const auto time = take_time(text);
    if (!time) return std::nullopt;
    return with_zone(text, *date, *time);
}

}  // namespace web
