/// Zone: the process's time zone while it lives, as main sets it to the node's.
#pragma once

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>

#include "outbox/ids.h"

namespace support {

class Zone {
public:
    explicit Zone(const std::string& name) {
        if (const char* was = std::getenv("TZ")) was_ = was;
        set(name);
    }
    ~Zone() { set(was_); }
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;

private:
    static void set(const std::string& name) {
        name.empty() ? ::unsetenv("TZ") : ::setenv("TZ", name.c_str(), 1);
        ::tzset();
    }
    std::string was_;
};

struct Date {
    int year;
    unsigned month, day;
};

/// An instant by the clock of UTC.
inline outbox::Instant utc(Date date, int hour, int minute, int second = 0) {
    const std::chrono::year_month_day day{std::chrono::year(date.year), std::chrono::month(date.month),
                                          std::chrono::day(date.day)};
    return outbox::Instant(std::chrono::sys_days(day)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

}  // namespace support
