// Theil and Sen's slope: the median of those between all pairs of samples.
#include "broker/alarm/forecast.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

namespace broker::alarm {

namespace {

using Bytes = std::int64_t outbox::SpaceSample::*;
using Day = std::chrono::duration<double, std::ratio<86400>>;

constexpr std::size_t samples_min = 4;
constexpr double days_foreseen_max = 5 * 365;
/// Less is the database's own coming and going.
constexpr double growth_bytes_per_day_min = 1024 * 1024;

double bytes_per_day(std::span<const outbox::SpaceSample> samples, Bytes bytes) {
    std::vector<double> slopes;
    slopes.reserve(samples.size() * (samples.size() - 1) / 2);
    for (std::size_t i = 0; i < samples.size(); ++i)
        for (std::size_t j = i + 1; j < samples.size(); ++j)
            slopes.push_back(static_cast<double>(samples[j].*bytes - samples[i].*bytes) /
                             Day(samples[j].at - samples[i].at).count());
    const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
    std::nth_element(slopes.begin(), middle, slopes.end());
    return *middle;
}

std::vector<Growth> growing(std::span<const outbox::SpaceSample> samples) {
    constexpr std::array<std::pair<const char*, Bytes>, 3> reasons{
        std::pair<const char*, Bytes>{"unrouted", &outbox::SpaceSample::unrouted_bytes},
        std::pair<const char*, Bytes>{"unfinished", &outbox::SpaceSample::unfinished_bytes},
        std::pair<const char*, Bytes>{"retained", &outbox::SpaceSample::retained_bytes}};
    std::vector<Growth> all;
    for (const auto& [reason, bytes] : reasons)
        if (const double slope = bytes_per_day(samples, bytes); slope >= growth_bytes_per_day_min)
            all.push_back({reason, std::llround(slope)});
    std::stable_sort(all.begin(), all.end(),
                     [](const Growth& a, const Growth& b) { return a.bytes_per_day > b.bytes_per_day; });
    return all;
}

}  // namespace

Forecast foretell(std::span<const outbox::SpaceSample> samples, std::uint64_t full_bytes) {
    Forecast forecast;
    if (samples.size() < samples_min || samples.back().at - samples.front().at < samples_over) return forecast;
    forecast.growing = growing(samples);
    const double falls = -bytes_per_day(samples, &outbox::SpaceSample::free_bytes);
    const double left = static_cast<double>(samples.back().free_bytes) - static_cast<double>(full_bytes);
    if (falls <= 0 || left / falls > days_foreseen_max) return forecast;
    // Where it has come true it stays foreseen, for then: that it is over would be good news.
    // An hour is more exact than a forecast ever is, and keeps a status that does not change unchanged.
    forecast.full_at = std::chrono::ceil<std::chrono::hours>(samples.back().at + Day(std::max(0.0, left / falls)));
    return forecast;
}

}  // namespace broker::alarm
