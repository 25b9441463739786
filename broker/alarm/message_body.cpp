// From a row to what is sent.
#include "broker/alarm/message_body.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <chrono>

#include "broker/base64.h"

namespace broker::alarm {

namespace {

namespace json = boost::json;

/// A civil date and time in UTC.
struct Civil {
    explicit Civil(outbox::Instant at) : day(std::chrono::floor<std::chrono::days>(at)), date(day), time(at - day) {}
    std::chrono::sys_days day;
    std::chrono::year_month_day date;
    std::chrono::hh_mm_ss<std::chrono::milliseconds> time;
};

std::string iso_of(outbox::Instant at) {
    const Civil civil(at);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int(civil.date.year()),
                       unsigned(civil.date.month()), unsigned(civil.date.day()), civil.time.hours().count(),
                       civil.time.minutes().count(), civil.time.seconds().count(), civil.time.subseconds().count());
}

/// "Sun, 01 Mar 2026 08:30:00 +0000" (RFC 5322 3.3).
std::string mail_date_of(outbox::Instant at) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Civil civil(at);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
                       days.at(std::chrono::weekday(civil.day).c_encoding()), unsigned(civil.date.day()),
                       months.at(unsigned(civil.date.month()) - 1), int(civil.date.year()), civil.time.hours().count(),
                       civil.time.minutes().count(), civil.time.seconds().count());
}

/// An encoded word (RFC 2047) per piece: at most 75 signs each, and none breaks a character in two.
std::string encoded_subject(const std::string& text) {
    constexpr std::size_t piece_bytes_max = 42;
    std::string folded;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t size = std::min(piece_bytes_max, text.size() - at);
        const auto continues = [&](std::size_t i) { return i < text.size() && (text[i] & 0xC0) == 0x80; };
        while (size > 1 && continues(at + size)) --size;
        folded += (folded.empty() ? "" : "\r\n ") + ("=?UTF-8?B?" + base64(text.substr(at, size)) + "?=");
        at += size;
    }
    return folded;
}

std::string words_of(const outbox::OpenMessage& message, const std::string& node) {
    const bool is_raised = message.event == outbox::AlarmEvent::raised;
    const outbox::Alarm& alarm = message.alarm;
    std::string words = is_raised ? "An alarm was raised at " : "An alarm is over at ";
    words += node + ".\r\n\r\n" + alarm.text + ".\r\n";
    if (is_raised && !alarm.hint.empty()) words += "What to do: " + alarm.hint + ".\r\n";
    words += fmt::format("\r\nalarm: {}{}{}\r\nsince: {}\r\ncount: {}\r\n{}: {}\r\n", alarm.name,
                         alarm.subject.empty() ? "" : " ", alarm.subject, iso_of(alarm.since), alarm.count,
                         outbox::to_string(message.event), iso_of(message.at));
    return words;
}

/// In lines of 76 signs.
std::string base64_lines(const std::string& text) {
    constexpr std::size_t line_bytes = 57;
    std::string lines;
    for (std::size_t at = 0; at < text.size(); at += line_bytes) lines += base64(text.substr(at, line_bytes)) + "\r\n";
    return lines;
}

}  // namespace

std::string json_of(const outbox::OpenMessage& message, const std::string& node) {
    const outbox::Alarm& alarm = message.alarm;
    return json::serialize(json::object{{"node", node},
                                        {"event", outbox::to_string(message.event)},
                                        {"at", iso_of(message.at)},
                                        {"alarm", json::object{{"name", alarm.name},
                                                               {"subject", alarm.subject},
                                                               {"since", iso_of(alarm.since)},
                                                               {"count", alarm.count},
                                                               {"text", alarm.text},
                                                               {"hint", alarm.hint}}}});
}

std::string mail_of(const outbox::OpenMessage& message, const std::string& node, const config::Notify& notify) {
    std::string to;
    for (const std::string& each : notify.to) to += (to.empty() ? "" : ",\r\n ") + ("<" + each + ">");
    const auto at = notify.from.rfind('@');
    const std::string domain = at == std::string::npos ? "localhost" : notify.from.substr(at + 1);
    const std::string subject =
        fmt::format("[{}] {}: {}{}{}", node, outbox::to_string(message.event), message.alarm.name,
                    message.alarm.subject.empty() ? "" : " ", message.alarm.subject);
    return fmt::format(
        "Date: {}\r\nFrom: <{}>\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}@{}>\r\nAuto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        mail_date_of(message.at), notify.from, to, encoded_subject(subject), message.idempotency_key, domain,
        base64_lines(words_of(message, node)));
}

}  // namespace broker::alarm
