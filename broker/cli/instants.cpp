/// Instants: what a person types for a time, and how a time is told to the broker.
#include "broker/cli/instants.h"

#include <fmt/format.h>

#include <cassert>
#include <charconv>
#include <cstdlib>
#include <ctime>

#include "broker/config/units.h"

namespace broker::cli {
namespace {

using std::chrono::milliseconds;

/// A calendar time, not yet in any zone.
struct Written {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0;
};

/// Reads from the front of a text; every reader says whether it found what it wanted.
class Cursor {
public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }

    bool take(char c) {
        if (rest_.empty() || rest_[0] != c) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    bool number(std::size_t digits, int& value) {
        if (rest_.size() < digits) {
            return false;
        }
        const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + digits, value);
        const bool is_number = code == std::errc() && end == rest_.data() + digits && rest_[0] != '-';
        rest_.remove_prefix(is_number ? digits : 0);
        return is_number;
    }

private:
    std::string_view rest_;
};

bool read_date(Cursor& cursor, Written& written) {
    return cursor.number(4, written.year) && cursor.take('-') && cursor.number(2, written.month) && cursor.take('-') &&
           cursor.number(2, written.day);
}

bool read_time(Cursor& cursor, Written& written) {
    if (!cursor.number(2, written.hour) || !cursor.take(':') || !cursor.number(2, written.minute)) {
        return false;
    }
    if (cursor.take(':')) {
        if (!cursor.number(2, written.second)) {
            return false;
        }
        if (cursor.take('.') && !cursor.number(3, written.millisecond)) {
            return false;
        }
    }
    return true;
}

/// The offset from UTC if one is written: `Z`, `+07:00`. `is_good` is false for anything else that is left.
std::optional<milliseconds> read_offset(Cursor& cursor, bool& is_good) {
    is_good = true;
    if (cursor.at_end()) {
        return std::nullopt;
    }
    if (cursor.take('Z')) {
        is_good = cursor.at_end();
        return milliseconds{0};
    }
    const bool is_east = cursor.take('+');
    int hours = 0;
    int minutes = 0;
    is_good = (is_east || cursor.take('-')) && cursor.number(2, hours) && cursor.take(':') &&
              cursor.number(2, minutes) && cursor.at_end() && hours <= 15 && minutes < 60;
    const milliseconds offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    return is_east ? offset : -offset;
}

bool exists(const Written& written) {
    const std::chrono::year_month_day date{std::chrono::year(written.year),
                                           std::chrono::month(static_cast<unsigned>(written.month)),
                                           std::chrono::day(static_cast<unsigned>(written.day))};
    return date.ok() && written.hour < 24 && written.minute < 60 && written.second < 60;
}

Instant as_utc(const Written& written) {
    const std::chrono::sys_days day = std::chrono::year(written.year) / written.month / written.day;
    return std::chrono::time_point_cast<milliseconds>(day) + std::chrono::hours(written.hour) +
           std::chrono::minutes(written.minute) + std::chrono::seconds(written.second) +
           milliseconds(written.millisecond);
}

/// Sets TZ and puts the old value back: the C library knows the zones, C++20's chrono in GCC 12 does not.
class ZoneInForce {
public:
    explicit ZoneInForce(const std::string& zone) {
        if (const char* was = std::getenv("TZ")) {
            was_ = was;
        }
        if (!zone.empty()) {
            ::setenv("TZ", (":" + zone).c_str(), 1);
        }
        ::tzset();
    }
    ZoneInForce(const ZoneInForce&) = delete;
    ZoneInForce& operator=(const ZoneInForce&) = delete;
    ~ZoneInForce() {
        was_ ? ::setenv("TZ", was_->c_str(), 1) : ::unsetenv("TZ");
        ::tzset();
    }

private:
    std::optional<std::string> was_;
};

Instant in_zone(const Written& written, const std::string& zone) {
    const ZoneInForce in_force(zone);
    std::tm local{};
    local.tm_year = written.year - 1900;
    local.tm_mon = written.month - 1;
    local.tm_mday = written.day;
    local.tm_hour = written.hour;
    local.tm_min = written.minute;
    local.tm_sec = written.second;
    local.tm_isdst = -1;
    const std::time_t seconds = std::mktime(&local);
    return Instant(std::chrono::seconds(seconds) + milliseconds(written.millisecond));
}

std::optional<Instant> parse_any_instant(std::string_view text, const Here& here, DayEnd day) {
    if (const auto back = config::parse_duration(text)) {
        return here.now - *back;
    }
    Cursor cursor(text);
    Written written;
    if (!read_date(cursor, written)) {
        return std::nullopt;
    }
    const bool is_date = cursor.at_end();
    if (!is_date && ((!cursor.take('T') && !cursor.take(' ')) || !read_time(cursor, written))) {
        return std::nullopt;
    }
    bool is_good = true;
    const auto offset = read_offset(cursor, is_good);
    if (!is_good || !exists(written)) {
        return std::nullopt;
    }
    if (is_date && day == DayEnd::end) {
        written.day += 1;  // mktime carries the 32nd over
    }
    return offset ? as_utc(written) - *offset : in_zone(written, here.zone);
}

/// std::chrono's years are 16 bits: those of an instant far away would come out as years that somebody could mean.
bool has_four_digit_year(Instant at) {
    constexpr Instant first = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
    constexpr Instant after = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
    return at >= first && at < after;
}

}  // namespace

std::optional<Instant> parse_instant(std::string_view text, const Here& here, DayEnd day) {
    const auto at = parse_any_instant(text, here, day);
    return at && has_four_digit_year(*at) ? at : std::nullopt;
}

std::string print_instant(Instant at) {
    assert(has_four_digit_year(at));
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(at - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

}  // namespace broker::cli
