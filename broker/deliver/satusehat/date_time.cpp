#include "broker/deliver/satusehat/date_time.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <ctime>

#include "broker/deliver/satusehat/text.h"

namespace broker::deliver::satusehat {

namespace {

using namespace std::chrono;

/// Reads a text from its front.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    /// The number of the next `size` digits, which is at most `most`.
    std::optional<int> number(std::size_t size, int most) {
        if (text_.size() < size) return std::nullopt;
        int number = 0;
        for (const char c : text_.substr(0, size)) {
            if (!is_digit(c)) return std::nullopt;
            number = number * 10 + (c - '0');
        }
        if (number > most) return std::nullopt;
        text_.remove_prefix(size);
        return number;
    }
    bool take(char c) {
        if (!text_.starts_with(c)) return false;
        text_.remove_prefix(1);
        return true;
    }
    /// Digits to the end or to something else, as millionths; what is finer is cut off. Nothing where there is none.
    std::optional<microseconds> fraction() {
        std::int64_t millionths = 0, unit = 100'000;
        std::size_t size = 0;
        for (; size < text_.size() && is_digit(text_[size]); ++size, unit /= 10)
            millionths += (text_[size] - '0') * unit;
        if (size == 0) return std::nullopt;
        text_.remove_prefix(size);
        return microseconds(millionths);
    }
    bool is_at_end() const { return text_.empty(); }

private:
    std::string_view text_;
};

std::optional<year_month_day> date_of(int y, int m, int d) {
    const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
    if (y < 1 || !date.ok()) return std::nullopt;
    return date;
}

/// YYYY MM DD with `separator` between, which may be none.
std::optional<year_month_day> take_date(Reader& text, char separator) {
    const auto between = [&] { return separator == '\0' || text.take(separator); };
    const auto y = text.number(4, 9999);
    if (!y || !between()) return std::nullopt;
    const auto m = text.number(2, 12);
    if (!m || !between()) return std::nullopt;
    const auto d = text.number(2, 31);
    return d ? date_of(*y, *m, *d) : std::nullopt;
}

/// A FHIR dateTime may be 60 seconds past a minute, and so may a TM: a leap second.
constexpr int second_max = 60;

/// ±hh:mm or Z to the end.
std::optional<minutes> take_zone(Reader& text) {
    if (text.take('Z')) return text.is_at_end() ? std::optional(minutes(0)) : std::nullopt;
    const bool is_behind = text.take('-');
    if (!is_behind && !text.take('+')) return std::nullopt;
    const auto h = text.number(2, 14);
    if (!h || !text.take(':')) return std::nullopt;
    const auto m = text.number(2, 59);
    if (!m || !text.is_at_end()) return std::nullopt;
    const minutes ahead = hours(*h) + minutes(*m);
    return is_behind ? -ahead : ahead;
}

std::optional<microseconds> take_fhir_time(Reader& text) {
    const auto h = text.number(2, 23);
    if (!h || !text.take(':')) return std::nullopt;
    const auto m = text.number(2, 59);
    if (!m || !text.take(':')) return std::nullopt;
    const auto s = text.number(2, second_max);
    if (!s) return std::nullopt;
    microseconds time = hours(*h) + minutes(*m) + seconds(*s);
    if (!text.take('.')) return time;
    const auto fraction = text.fraction();
    return fraction ? std::optional(time + *fraction) : std::nullopt;
}

}  // namespace

std::optional<Zone> indonesian_zone(std::string_view name) {
    struct Named {
        std::string_view name;
        hours ahead;
    };
    constexpr std::array zones{Named{"Asia/Jakarta", hours(7)}, Named{"Asia/Pontianak", hours(7)},
                               Named{"Asia/Makassar", hours(8)}, Named{"Asia/Jayapura", hours(9)}};
    for (const Named& each : zones)
        if (each.name == name) return Zone([ahead = each.ahead](WallTime) { return seconds(ahead); });
    return std::nullopt;
}

seconds node_zone(WallTime wall) {
    const auto days = floor<std::chrono::days>(wall);
    const year_month_day date{local_days(days)};
    const hh_mm_ss time(wall - days);
    std::tm fields{};
    fields.tm_year = static_cast<int>(date.year()) - 1900;
    fields.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
    fields.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
    fields.tm_hour = static_cast<int>(time.hours().count());
    fields.tm_min = static_cast<int>(time.minutes().count());
    fields.tm_sec = static_cast<int>(time.seconds().count());
    fields.tm_isdst = -1;
    std::mktime(&fields);
    return seconds(fields.tm_gmtoff);
}

std::optional<year_month_day> parse_date(std::string_view text) {
    text = without_padding(text);
    Reader reader(text);
    const auto date = take_date(reader, text.size() > 4 && text[4] == '.' ? '.' : '\0');
    return reader.is_at_end() ? date : std::nullopt;
}

std::optional<seconds> parse_time(std::string_view text) {
    text = without_padding(text);
    Reader reader(text);
    const auto h = reader.number(2, 23);
    if (!h) return std::nullopt;
    seconds time = hours(*h);
    if (reader.is_at_end()) return time;
    const bool has_colons = reader.take(':');
    const auto m = reader.number(2, 59);
    if (!m) return std::nullopt;
    time += minutes(*m);
    if (reader.is_at_end()) return time;
    if (has_colons && !reader.take(':')) return std::nullopt;
    const auto s = reader.number(2, second_max);
    if (!s) return std::nullopt;
    time += seconds(*s);
    if (reader.is_at_end()) return time;
    if (!reader.take('.') || !reader.fraction() || !reader.is_at_end()) return std::nullopt;
    return time;
}

std::optional<minutes> parse_offset(std::string_view text) {
    text = without_padding(text);
    Reader reader(text);
    const bool is_behind = reader.take('-');
    if (!is_behind && !reader.take('+')) return std::nullopt;
    const auto h = reader.number(2, is_behind ? 12 : 14), m = h ? reader.number(2, 59) : std::nullopt;
    if (!m || !reader.is_at_end()) return std::nullopt;
    const minutes ahead = hours(*h) + minutes(*m);
    if (ahead > hours(is_behind ? 12 : 14) || (is_behind && ahead == minutes(0))) return std::nullopt;
    return is_behind ? -ahead : ahead;
}

std::optional<DateTime> date_time(const Moment& moment, std::string_view offset, const Zone& zone) {
    const auto date = parse_date(moment.date);
    if (!date) return std::nullopt;
    const auto time = parse_time(moment.time);
    const WallTime wall = local_days(*date) + time.value_or(seconds(0));
    const auto own = parse_offset(offset);
    DateTime result;
    result.ahead_of_utc = own ? seconds(*own) : zone(wall);
    result.at = sys_seconds(wall.time_since_epoch() - result.ahead_of_utc);
    result.is_time_assumed = !time;
    // FHIR has four digits for a year, and none before the first.
    const year in_utc = year_month_day(floor<days>(result.at)).year();
    if (in_utc < year(1) || in_utc > year(9999)) return std::nullopt;
    return result;
}

std::string print(const DateTime& time, Style style) {
    const minutes ahead = style == Style::utc ? minutes(0) : round<minutes>(time.ahead_of_utc);
    const sys_seconds wall = time.at + ahead;
    const sys_days midnight = floor<days>(wall);
    const year_month_day date(midnight);
    const hh_mm_ss clock(wall - midnight);
    const auto ahead_minutes = std::abs(ahead.count());
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count(), ahead < minutes(0) ? '-' : '+',
                       ahead_minutes / 60, ahead_minutes % 60);
}

std::optional<sys_time<microseconds>> parse_instant(std::string_view text) {
    Reader reader(text);
    const auto date = take_date(reader, '-');
    if (!date || !reader.take('T')) return std::nullopt;
    const auto time = take_fhir_time(reader);
    const auto zone = time ? take_zone(reader) : std::nullopt;
    if (!zone) return std::nullopt;
    return sys_days(*date) + *time - *zone;
}

std::optional<Days> days_of(std::string_view text, seconds ahead_of_utc) {
    if (const auto instant = parse_instant(text)) {
        const sys_days day = floor<days>(*instant + ahead_of_utc);
        return Days{day, day};
    }
    Reader reader(text);
    const auto y = reader.number(4, 9999);
    if (!y || *y < 1) return std::nullopt;
    if (reader.is_at_end()) return Days{sys_days(*date_of(*y, 1, 1)), sys_days(*date_of(*y, 12, 31))};
    const auto m = reader.take('-') ? reader.number(2, 12) : std::nullopt;
    if (!m || *m < 1) return std::nullopt;
    if (reader.is_at_end())
        return Days{sys_days(*date_of(*y, *m, 1)),
                    sys_days(year(*y) / month(static_cast<unsigned>(*m)) / std::chrono::last)};
    const auto d = reader.take('-') ? reader.number(2, 31) : std::nullopt;
    const auto date = d && reader.is_at_end() ? date_of(*y, *m, *d) : std::nullopt;
    if (!date) return std::nullopt;
    return Days{sys_days(*date), sys_days(*date)};
}

}  // namespace broker::deliver::satusehat
