#include "broker/worker/fragments.h"

#include <algorithm>

namespace broker::worker {
namespace {

using Firsts = std::vector<std::size_t>;
using Marks = std::span<const FragmentMark>;

Firsts at_starts(Marks fragments) {
    Firsts firsts;
    for (std::size_t i = 0; i < fragments.size(); ++i)
        if (i == 0 || fragments[i].is_start) firsts.push_back(i);
    return firsts;
}

/// Offsets count from the first fragment's item tag, and each item has a head of eight bytes.
Firsts at_offsets(Marks fragments, std::span<const std::uint32_t> offsets) {
    constexpr std::uint64_t item_head_bytes = 8;
    Firsts firsts;
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < fragments.size(); ++i) {
        if (i == 0 || std::find(offsets.begin(), offsets.end(), at) != offsets.end()) firsts.push_back(i);
        at += item_head_bytes + fragments[i].bytes + fragments[i].bytes % 2;
    }
    return firsts;
}

Firsts one_each(std::size_t count) {
    Firsts firsts(count);
    for (std::size_t i = 0; i < count; ++i) firsts[i] = i;
    return firsts;
}

}  // namespace

std::optional<Firsts> first_fragments(Marks fragments, std::span<const std::uint32_t> offsets,
                                      std::size_t frame_count) {
    if (fragments.empty() || frame_count == 0) return std::nullopt;
    if (frame_count == 1) return Firsts{0};
    if (fragments.size() == frame_count) return one_each(frame_count);
    if (Firsts firsts = at_starts(fragments); firsts.size() == frame_count) return firsts;
    // A table of another length is not about these frames, and searching it for each fragment would take long.
    if (offsets.size() != frame_count) return std::nullopt;
    if (Firsts firsts = at_offsets(fragments, offsets); firsts.size() == frame_count) return firsts;
    return std::nullopt;
}

}  // namespace broker::worker
