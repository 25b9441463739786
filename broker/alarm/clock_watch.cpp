// One reading per server.
#include "broker/alarm/clock_watch.h"

namespace broker::alarm {

void ClockWatch::heard(const std::string& server, std::chrono::sys_seconds date) {
    const auto now = clock_.now();
    // A date has whole seconds: on the average half a second has gone by.
    const auto ahead = date + std::chrono::milliseconds(500) - now;
    std::lock_guard lock(mutex_);
    if (readings_.size() >= servers_max && !readings_.contains(server)) return;
    readings_[server] = {server, now, ahead};
}

std::vector<ClockReading> ClockWatch::readings() const {
    std::vector<ClockReading> all;
    std::lock_guard lock(mutex_);
    for (const auto& [server, reading] : readings_) all.push_back(reading);
    return all;
}

}  // namespace broker::alarm
