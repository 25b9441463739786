#include "broker/http/http_date.h"

#include <array>
#include <string>

#include "broker/http/ascii.h"

namespace broker::http {
namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// What is left of a date to be read.
class Rest {
public:
    explicit Rest(std::string_view text) : text_(text) {}

    bool skip(std::string_view literal) {
        if (!text_.starts_with(literal)) return false;
        text_.remove_prefix(literal.size());
        return true;
    }
    std::optional<int> number(std::size_t digits) {
        if (text_.size() < digits) return std::nullopt;
        int value = 0;
        for (const char c : text_.substr(0, digits)) {
            if (!is_digit(c)) return std::nullopt;
            value = value * 10 + (c - '0');
        }
        text_.remove_prefix(digits);
        return value;
    }
    std::optional<int> month() {
        for (std::size_t i = 0; i < months.size(); ++i)
            if (skip(months[i])) return static_cast<int>(i) + 1;
        return std::nullopt;
    }
    bool is_over() const { return text_.empty(); }

private:
    std::string_view text_;
};

struct Parts {
    std::optional<int> day, month, year, hour, minute, second;
};

bool read_time(Rest& rest, Parts& parts) {
    parts.hour = rest.number(2);
    if (!parts.hour || !rest.skip(":")) return false;
    parts.minute = rest.number(2);
    if (!parts.minute || !rest.skip(":")) return false;
    parts.second = rest.number(2);
    return parts.second.has_value();
}

std::optional<std::chrono::sys_seconds> instant_of(const Parts& parts) {
    if (!parts.day || !parts.month || !parts.year) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*parts.year),
                                           std::chrono::month(static_cast<unsigned>(*parts.month)),
                                           std::chrono::day(static_cast<unsigned>(*parts.day))};
    // A leap second is the 61st.
    if (!date.ok() || *parts.hour > 23 || *parts.minute > 59 || *parts.second > 60) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*parts.hour) + std::chrono::minutes(*parts.minute) +
           std::chrono::seconds(*parts.second);
}

int full_year(int two_digits, std::chrono::sys_seconds now) {
    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
    const int this_year = static_cast<int>(today.year());
    int year = this_year - this_year % 100 + two_digits;
    if (year > this_year + 50) year -= 100;
    return year;
}

/// "06 Nov 1994 08:49:37 GMT"
std::optional<std::chrono::sys_seconds> parse_usual(Rest rest) {
    Parts parts;
    parts.day = rest.number(2);
    if (!rest.skip(" ")) return std::nullopt;
    parts.month = rest.month();
    if (!rest.skip(" ")) return std::nullopt;
    parts.year = rest.number(4);
    if (!rest.skip(" ") || !read_time(rest, parts) || !rest.skip(" GMT") || !rest.is_over()) return std::nullopt;
    return instant_of(parts);
}

/// "06-Nov-94 08:49:37 GMT"
std::optional<std::chrono::sys_seconds> parse_with_dashes(Rest rest, std::chrono::sys_seconds now) {
    Parts parts;
    parts.day = rest.number(2);
    if (!rest.skip("-")) return std::nullopt;
    parts.month = rest.month();
    if (!rest.skip("-")) return std::nullopt;
    parts.year = rest.number(2);
    if (parts.year) parts.year = full_year(*parts.year, now);
    if (!rest.skip(" ") || !read_time(rest, parts) || !rest.skip(" GMT") || !rest.is_over()) return std::nullopt;
    return instant_of(parts);
}

/// "Nov  6 08:49:37 1994"
std::optional<std::chrono::sys_seconds> parse_as_c(Rest rest) {
    Parts parts;
    parts.month = rest.month();
    if (!rest.skip(" ")) return std::nullopt;
    parts.day = rest.skip(" ") ? rest.number(1) : rest.number(2);
    if (!rest.skip(" ") || !read_time(rest, parts) || !rest.skip(" ")) return std::nullopt;
    parts.year = rest.number(4);
    if (!rest.is_over()) return std::nullopt;
    return instant_of(parts);
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text, std::chrono::sys_seconds now) {
    const auto comma = text.find(", ");
    if (comma != std::string_view::npos) {
        const Rest rest(text.substr(comma + 2));
        const auto usual = parse_usual(rest);
        return usual ? usual : parse_with_dashes(rest, now);
    }
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    return parse_as_c(Rest(text.substr(space + 1)));
}

}  // namespace broker::http
