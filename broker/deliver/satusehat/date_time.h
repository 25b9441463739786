/// Date and time: DICOM's dates and times of a wall's clock made instants, and instants written as FHIR wants them.
///
/// Values and pure functions; any thread, `node_zone` as long as nobody changes the process's zone. Nothing is
/// invented: what cannot be read is nothing, and a time that had to be assumed is marked.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace broker::deliver::satusehat {

/// A day and a time of it by the clock on some wall, without a zone.
using WallTime = std::chrono::local_seconds;

/// How far a wall's clock is ahead of UTC when it shows this.
using Zone = std::function<std::chrono::seconds(WallTime)>;

/// WIB, WITA or WIT by their names in the zone database; nothing for any other name. None of them changes its clock.
std::optional<Zone> indonesian_zone(std::string_view name);

/// The process's zone, which main has set to the node's.
std::chrono::seconds node_zone(WallTime wall);

/// A date and a time as a data set has them; "" where it has none.
struct Moment {
    std::string date, time;
    bool operator==(const Moment&) const = default;
};

/// YYYYMMDD, or YYYY.MM.DD as ACR-NEMA had it; a day that there is.
std::optional<std::chrono::year_month_day> parse_date(std::string_view text);
/// HH, HHMM, HHMMSS, with a fraction, which is cut off, and ACR-NEMA's colons: since midnight.
std::optional<std::chrono::seconds> parse_time(std::string_view text);
/// Timezone Offset From UTC (0008,0201): -1200 to +1400. -0000 is not allowed (PS3.3 C.12.1.1.8).
std::optional<std::chrono::minutes> parse_offset(std::string_view text);

struct DateTime {
    std::chrono::sys_seconds at;
    std::chrono::seconds ahead_of_utc{0};  ///< the clock on the wall where it was taken
    bool is_time_assumed = false;          ///< there was a date only: it is the beginning of that day

    std::chrono::sys_days day() const {  ///< on that wall
        return std::chrono::floor<std::chrono::days>(at + ahead_of_utc);
    }
    bool operator==(const DateTime&) const = default;
};

/// The instant of a moment. `offset` is the data set's (0008,0201), and counts where it is valid; else the zone does.
/// Nothing without a date that can be read.
std::optional<DateTime> date_time(const Moment& moment, std::string_view offset, const Zone& zone);

enum class Style {
    utc,     ///< 2026-01-15T02:31:07+00:00, the official rule
    offset,  ///< 2026-01-15T09:31:07+07:00, what the Ministry's router sends
};
std::string print(const DateTime& time, Style style);

/// The platform refuses what has not happened yet: a scanner's clock that is ahead has to be waited for.
inline bool is_future(const DateTime& time, std::chrono::sys_seconds now) {
    return time.at > now;
}

/// A FHIR instant or dateTime with a time and its zone, to the microsecond.
std::optional<std::chrono::sys_time<std::chrono::microseconds>> parse_instant(std::string_view text);

/// From the first to the last day that a FHIR dateTime may mean; one without a time may lack day and month, too. One
/// with a time is put on the wall whose clock is so far ahead of UTC.
struct Days {
    std::chrono::sys_days first, last;
    bool operator==(const Days&) const = default;
};
std::optional<Days> days_of(std::string_view text, std::chrono::seconds ahead_of_utc);

}  // namespace broker::deliver::satusehat
