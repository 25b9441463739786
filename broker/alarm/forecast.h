/// Forecast: when the disk will be full, and which of what is kept grows, from samples of the last days.
///
/// Values and a pure function; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "outbox/alarm.h"

namespace broker::alarm {

/// Bytes that are kept for one reason, and become more.
struct Growth {
    std::string reason;  ///< "unrouted", "unfinished", "retained"
    std::int64_t bytes_per_day = 0;
    bool operator==(const Growth&) const = default;
};

struct Forecast {
    std::optional<outbox::Instant> full_at;  ///< nothing: not foreseen
    std::vector<Growth> growing;             ///< what grows most comes first
    bool operator==(const Forecast&) const = default;
};

/// Samples are taken this often, kept this long, and too few to foretell anything over less than this.
inline constexpr std::chrono::hours sample_every{1}, samples_for{14 * 24}, samples_over{6};

/// `full_bytes`: the disk counts as full where less is free. The slope is the median of those between all pairs, so
/// that a folder somebody emptied is no trend. Nothing is foreseen where free space doesn't fall, where the disk counts
/// as full by now, beyond five years, and from samples over less than six hours.
Forecast foretell(std::span<const outbox::SpaceSample> samples, std::uint64_t full_bytes);

}  // namespace broker::alarm
