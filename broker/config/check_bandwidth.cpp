/// Check: that at each minute of the day one rate holds, and that it lets something through.
#include <array>

#include "broker/config/check_part.h"

namespace broker::config {

namespace {

constexpr unsigned minutes_per_day = 24 * 60;
constexpr Rate rate_min{1024};  // slower, a peer would take our silence for our end

}  // namespace

void check_bandwidth(Reading& reading, const Path& path, const std::vector<Bandwidth>& bandwidth) {
    std::array<bool, minutes_per_day> is_taken{};
    bool has_rest = false, overlaps = false;
    for (const Bandwidth& each : bandwidth) {
        if (each.rate.bytes_per_second < rate_min.bytes_per_second)
            reading.problem(path, "must be at least " + print_rate(rate_min));
        if (!each.between) {
            if (has_rest)
                reading.problem(path, "has two rates without `between`: which one is for the rest of the day?");
            has_rest = true;
            continue;
        }
        const unsigned until = each.between->until_minute % minutes_per_day;
        unsigned minute = each.between->from_minute;
        do {
            overlaps = overlaps || is_taken[minute];
            is_taken[minute] = true;
            minute = (minute + 1) % minutes_per_day;
        } while (minute != until);
    }
    if (overlaps) reading.problem(path, "has parts of the day that overlap: which rate holds there?");
}

}  // namespace broker::config
