/// A history row written as a line of JSON: always the same keys in the same order.
#include <array>
#include <cstdio>

#include "outbox/history.h"
#include "outbox/json_text.h"

namespace outbox {

namespace {

/// ISO 8601; an instant whose year has not four digits, which only a broken clock makes, stays a number.
void append_instant(std::string& out, Instant at) {
    using namespace std::chrono;
    constexpr Instant first = sys_days(year(0) / 1 / 1), end = sys_days(year(10000) / 1 / 1);
    if (at < first || at >= end) {
        out += std::to_string(at.time_since_epoch().count());
        return;
    }
    const year_month_day date{floor<days>(at)};
    const hh_mm_ss time{at - floor<days>(at)};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "\"%04d-%02u-%02uT%02d:%02d:%02d.%03dZ\"", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
    out += text.data();
}

void append_text(std::string& out, std::string_view key, std::string_view value) {
    out += key;
    append_json_string(out, value);
}

}  // namespace

std::string to_jsonl(const HistoryRow& row) {
    std::string out = "{\"sequence\":" + std::to_string(row.sequence) + ",\"at\":";
    append_instant(out, row.at);
    append_text(out, ",\"node\":", row.node);
    append_text(out, ",\"event\":", row.event);
    append_text(out, ",\"actor\":", row.actor);
    out += ",\"instance\":" + (row.instance ? std::to_string(row.instance->value) : "null");
    out += ",\"job\":" + (row.job ? std::to_string(row.job->value) : "null");
    append_text(out, ",\"destination\":", row.destination);
    append_text(out, ",\"sop_instance_uid\":", row.sop_instance_uid);
    append_text(out, ",\"digest\":", row.digest);
    append_text(out, ",\"previous_hash\":", to_hex(row.previous_hash));
    append_text(out, ",\"hash\":", to_hex(row.hash));
    // Last, because the hash covers its exact text: a reader takes all up to the line's end.
    out += ",\"detail\":";
    if (is_one_object(row.detail)) {
        out += row.detail;
    } else {
        append_json_string(out, row.detail);
    }
    return out += '}';
}

}  // namespace outbox
