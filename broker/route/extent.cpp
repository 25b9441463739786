#include "broker/route/extent.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>

namespace broker::route {

namespace {

constexpr std::int64_t second_us = 1'000'000, minute_us = 60 * second_us, hour_us = 60 * minute_us,
                       day_us = 24 * hour_us;

bool is_one_of(std::string_view vr, std::string_view vrs) {
    for (std::size_t at = 0; at < vrs.size(); at += 3)
        if (vrs.substr(at, 2) == vr) return true;
    return false;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

template <class Number>
std::optional<long double> whole_as(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return static_cast<long double>(number);
}

std::optional<Extent> number_of(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (text.starts_with('+')) text.remove_prefix(1);  // a DS or IS may have one
    // Neither "inf" nor "nan", which from_chars knows.
    const std::size_t first = text.find_first_not_of("-.");
    if (first == std::string_view::npos || first > 2 || !is_digit(text[first])) return std::nullopt;
    std::optional<long double> number = whole_as<std::int64_t>(text);
    if (!number) number = whole_as<std::uint64_t>(text);
    if (!number) number = whole_as<double>(text);
    if (!number) return std::nullopt;
    return Extent{*number, *number};
}

/// The digits of a date or a time, taken from the front two or four at a time.
class Digits {
public:
    explicit Digits(std::string_view text) : text_(text) {}

    /// The next number of `size` digits; nothing, and the text is no good, where something else comes.
    std::optional<int> take(std::size_t size, int least, int most) {
        int number = 0;
        is_good_ = is_good_ && text_.size() >= size && std::all_of(text_.begin(), text_.begin() + size, is_digit);
        if (!is_good_) return std::nullopt;
        std::from_chars(text_.data(), text_.data() + size, number);
        text_.remove_prefix(size);
        is_good_ = number >= least && number <= most;
        return is_good_ ? std::optional{number} : std::nullopt;
    }
    bool take(char c) {
        if (!text_.starts_with(c)) return false;
        text_.remove_prefix(1);
        return true;
    }
    std::string_view rest() const { return text_; }
    bool is_at_end() const { return text_.empty(); }
    bool is_good() const { return is_good_; }

private:
    std::string_view text_;
    bool is_good_ = true;
};

std::optional<std::int64_t> day_us_of(int year, int month, int day) {
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days{date}.time_since_epoch().count() * day_us;
}

/// From the first to the last microsecond.
struct Span {
    std::int64_t from = 0, until = 0;
};

/// YYYY, YYYYMM or YYYYMMDD at the front, with dots between where the first place has one.
std::optional<Span> take_date(Digits& digits) {
    const std::optional<int> year = digits.take(4, 0, 9999);
    if (!year) return std::nullopt;
    const bool is_dotted = digits.take('.');
    const auto has_more = [&] { return !digits.is_at_end() && is_digit(digits.rest().front()); };
    if (!has_more()) {
        if (is_dotted) return std::nullopt;
        return Span{*day_us_of(*year, 1, 1), *day_us_of(*year, 12, 31) + day_us - 1};
    }
    const std::optional<int> month = digits.take(2, 1, 12);
    if (!month || (is_dotted && !digits.take('.'))) return std::nullopt;
    if (!has_more()) {
        if (is_dotted) return std::nullopt;
        const std::int64_t next = *month == 12 ? *day_us_of(*year + 1, 1, 1) : *day_us_of(*year, *month + 1, 1);
        return Span{*day_us_of(*year, *month, 1), next - 1};
    }
    const std::optional<int> day = digits.take(2, 1, 31);
    const std::optional<std::int64_t> from = day ? day_us_of(*year, *month, *day) : std::nullopt;
    if (!from) return std::nullopt;
    return Span{*from, *from + day_us - 1};
}

/// Behind a second: up to six digits. What they say is added to `span`.
bool take_fraction(Digits& digits, Span& span) {
    const std::string_view rest = digits.rest();
    const auto size = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) - rest.begin());
    if (size == 0 || size > 6) return false;
    const std::optional<int> fraction = digits.take(size, 0, 999'999);
    std::int64_t unit = second_us;
    for (std::size_t i = 0; i < size; ++i) unit /= 10;
    span.from += *fraction * unit;
    span.until = span.from + unit - 1;
    return true;
}

/// HH, HHMM, HHMMSS or HHMMSS.FFFFFF at the front, with colons between where the first place has one.
std::optional<Span> take_time(Digits& digits) {
    const auto has_more = [&] { return !digits.is_at_end() && is_digit(digits.rest().front()); };
    const std::optional<int> hour = digits.take(2, 0, 23);
    if (!hour) return std::nullopt;
    Span span{*hour * hour_us, *hour * hour_us + hour_us - 1};
    const bool has_colons = digits.take(':');
    if (!has_more()) return has_colons ? std::nullopt : std::optional{span};
    const std::optional<int> minute = digits.take(2, 0, 59);
    if (!minute) return std::nullopt;
    span.from += *minute * minute_us;
    span.until = span.from + minute_us - 1;
    if (has_colons && !digits.take(':')) return span;
    if (!has_more()) return has_colons ? std::nullopt : std::optional{span};
    const std::optional<int> second = digits.take(2, 0, 60);  // 60: a leap second
    if (!second) return std::nullopt;
    span.from += *second * second_us;
    span.until = span.from + second_us - 1;
    if (digits.take('.') && !take_fraction(digits, span)) return std::nullopt;
    return span;
}

std::optional<Extent> extent(const std::optional<Span>& span, const Digits& digits) {
    if (!span || !digits.is_good() || !digits.is_at_end()) return std::nullopt;
    return Extent{static_cast<long double>(span->from), static_cast<long double>(span->until)};
}

std::optional<Extent> date_time_of(std::string_view text) {
    const std::size_t sign = text.find_first_of("+-");
    Digits digits(text.substr(0, sign));
    std::optional<Span> span = take_date(digits);
    if (span && !digits.is_at_end()) {
        const std::int64_t day = span->from;
        span = take_time(digits);
        if (span) span = Span{span->from + day, span->until + day};
    }
    std::optional<Extent> found = extent(span, digits);
    if (!found || sign == std::string_view::npos) return found;
    Digits offset(text.substr(sign + 1));
    const std::optional<int> hours = offset.take(2, 0, 14), minutes = offset.take(2, 0, 59);
    if (!minutes || !offset.is_at_end()) return std::nullopt;
    const std::int64_t ahead = *hours * hour_us + *minutes * minute_us;
    found->offset = static_cast<long double>(text[sign] == '-' ? -ahead : ahead);
    return found;
}

/// A year is 365.25 days and twelve months, so that "024M" is "002Y".
std::optional<Extent> age_of(std::string_view text) {
    if (text.size() < 2 || text.size() > 4) return std::nullopt;
    Digits digits(text);
    const std::optional<int> number = digits.take(text.size() - 1, 0, 999);
    const std::size_t at = std::string_view("DWMY").find(text.back());
    if (!number || at == std::string_view::npos) return std::nullopt;
    constexpr long double units[] = {10'000, 70'000, 304'375, 3'652'500};
    const long double from = static_cast<long double>(*number) * units[at];
    return Extent{from, from + units[at] - 1};
}

long double shift(const Extent& one, const Extent& other) {
    return one.offset && other.offset ? *other.offset - *one.offset : 0;
}

}  // namespace

std::optional<Order> order_of(std::string_view vr) {
    if (vr == "DA") return Order::date;
    if (vr == "TM") return Order::time;
    if (vr == "DT") return Order::date_time;
    if (vr == "AS") return Order::age;
    if (is_one_of(vr, "IS DS US SS UL SL UV SV FL FD")) return Order::number;
    return std::nullopt;
}

std::optional<Extent> extent_of(Order order, std::string_view text) {
    Digits digits(text);
    switch (order) {
        case Order::number:
            return number_of(text);
        case Order::date: {
            const std::optional<Span> date = take_date(digits);
            return extent(date, digits);
        }
        case Order::time: {
            const std::optional<Span> time = take_time(digits);
            return extent(time, digits);
        }
        case Order::date_time:
            return date_time_of(text);
        case Order::age:
            return age_of(text);
    }
    return std::nullopt;
}

bool begins_before(const Extent& left, const Extent& right) {
    return left.least + shift(left, right) < right.least;
}

bool begins_after_end_of(const Extent& left, const Extent& right) {
    return left.least + shift(left, right) > right.most;
}

}  // namespace broker::route
