/// A history row read back from the line of JSON that `to_jsonl` wrote, and from no other.
#include <charconv>

#include "outbox/history.h"
#include "outbox/json_text.h"

namespace outbox {

namespace {

/// Reads one line from left to right. After the first thing that doesn't fit nothing fits any more.
class Line {
public:
    explicit Line(std::string_view text) : rest_(text) {}

    bool is_good() const { return is_good_; }
    std::string_view rest() const { return rest_; }

    /// Passes over exactly this text.
    Line& expect(std::string_view text) {
        if (!passes(text)) is_good_ = false;
        return *this;
    }

    std::int64_t integer() {
        std::int64_t number = 0;
        const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
        const auto used = static_cast<std::size_t>(end - rest_.data());
        // from_chars takes leading zeros; JSON doesn't (RFC 8259, section 6).
        if (code != std::errc() || std::to_string(number) != rest_.substr(0, used)) is_good_ = false;
        rest_.remove_prefix(used);
        return number;
    }

    std::optional<std::int64_t> integer_or_null() {
        if (passes("null")) return std::nullopt;
        return integer();
    }

    std::string string() {
        std::string text;
        expect("\"");
        while (is_good_ && !passes("\"")) {
            if (passes("\\")) {
                text += escaped();
            } else {
                if (rest_.empty() || static_cast<unsigned char>(rest_.front()) < 0x20) is_good_ = false;
                text += take();
            }
        }
        return text;
    }

    Digest digest() {
        const auto parsed = parse_hex(string());
        if (!parsed) is_good_ = false;
        return parsed.value_or(Digest{});
    }

    Instant instant() {
        using namespace std::chrono;
        if (!rest_.starts_with('"')) return Instant(milliseconds(integer()));
        const int y = expect("\"").digits(4), m = expect("-").digits(2), d = expect("-").digits(2);
        const int h = expect("T").digits(2), min = expect(":").digits(2), s = expect(":").digits(2);
        const int ms = expect(".").digits(3);
        expect("Z\"");
        const year_month_day date(year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d)));
        if (!date.ok() || h > 23 || min > 59 || s > 59) is_good_ = false;
        if (!is_good_) return {};
        return Instant(sys_days(date)) + hours(h) + minutes(min) + seconds(s) + milliseconds(ms);
    }

private:
    bool passes(std::string_view text) {
        if (!is_good_ || !rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    /// The next character; nothing follows: fails.
    char take() {
        if (rest_.empty()) is_good_ = false;
        if (!is_good_) return '\0';
        const char character = rest_.front();
        rest_.remove_prefix(1);
        return character;
    }

    int digits(int count) {
        int number = 0;
        for (int i = 0; i < count; ++i) {
            const char digit = take();
            if (digit < '0' || digit > '9') is_good_ = false;
            number = number * 10 + (digit - '0');
        }
        return number;
    }

    /// What follows a backslash: one of the three escapes that append_json_string makes.
    char escaped() {
        if (passes("\"")) return '"';
        if (passes("\\")) return '\\';
        expect("u00");
        const auto high = hex_value(take()), low = hex_value(take());
        if (!high || !low || *high > 7) is_good_ = false;
        return is_good_ ? static_cast<char>(*high << 4 | *low) : '\0';
    }

    std::string_view rest_;
    bool is_good_ = true;
};

std::string read_detail(Line& line) {
    line.expect(",\"detail\":");
    const std::string_view rest = line.rest();
    if (rest.starts_with('"')) {
        std::string text = line.string();
        line.expect("}");
        return text;
    }
    const std::string_view object = rest.substr(0, rest.empty() ? 0 : rest.size() - 1);
    if (!is_one_object(object)) return line.expect("{}").string();  // fails
    line.expect(object).expect("}");
    return std::string(object);
}

}  // namespace

std::optional<HistoryRow> from_jsonl(std::string_view text) {
    Line line(text);
    HistoryRow row;
    row.sequence = line.expect("{\"sequence\":").integer();
    row.at = line.expect(",\"at\":").instant();
    row.node = line.expect(",\"node\":").string();
    row.event = line.expect(",\"event\":").string();
    row.actor = line.expect(",\"actor\":").string();
    if (const auto id = line.expect(",\"instance\":").integer_or_null()) row.instance = InstanceId{*id};
    if (const auto id = line.expect(",\"job\":").integer_or_null()) row.job = JobId{*id};
    row.destination = line.expect(",\"destination\":").string();
    row.sop_instance_uid = line.expect(",\"sop_instance_uid\":").string();
    row.digest = line.expect(",\"digest\":").string();
    row.previous_hash = line.expect(",\"previous_hash\":").digest();
    row.hash = line.expect(",\"hash\":").digest();
    row.detail = read_detail(line);
    if (!line.is_good() || !line.rest().empty()) return std::nullopt;
    return row;
}

}  // namespace outbox
