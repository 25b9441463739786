#include "broker/worker/fragments.h"

#include <algorithm>

namespace broker::worker {
namespace {

using Frames = std::vector<std::vector<Fragment>>;

Frames split_at_starts(const std::vector<Fragment>& fragments, bool (*is_start)(Fragment)) {
    Frames frames;
    for (const Fragment& each : fragments) {
        if (frames.empty() || is_start(each)) frames.emplace_back();
        frames.back().push_back(each);
    }
    return frames;
}

/// Offsets count from the first fragment's item tag, and each item has a head of eight bytes.
Frames split_at_offsets(const std::vector<Fragment>& fragments, std::span<const std::uint32_t> offsets) {
    constexpr std::uint64_t item_head_bytes = 8;
    Frames frames;
    std::uint64_t at = 0;
    for (const Fragment& each : fragments) {
        if (frames.empty() || std::find(offsets.begin(), offsets.end(), at) != offsets.end()) frames.emplace_back();
        frames.back().push_back(each);
        at += item_head_bytes + each.size() + each.size() % 2;
    }
    return frames;
}

}  // namespace

std::optional<Frames> frames_of(const std::vector<Fragment>& fragments, std::span<const std::uint32_t> offsets,
                                std::size_t frame_count, bool (*is_start)(Fragment)) {
    if (fragments.empty() || frame_count == 0) return std::nullopt;
    if (frame_count == 1) return Frames{fragments};
    if (fragments.size() == frame_count) {
        Frames frames;
        for (const Fragment& each : fragments) frames.push_back({each});
        return frames;
    }
    if (Frames frames = split_at_starts(fragments, is_start); frames.size() == frame_count) return frames;
    if (Frames frames = split_at_offsets(fragments, offsets); frames.size() == frame_count) return frames;
    return std::nullopt;
}

}  // namespace broker::worker
