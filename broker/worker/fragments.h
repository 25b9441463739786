/// Fragments: which fragments of an encapsulated pixel data element make up which frame (PS3.5 A.4).
///
/// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace broker::worker {

using Fragment = std::span<const std::byte>;

/// What tells frames apart.
struct FragmentMark {
    std::uint64_t bytes = 0;
    bool is_start = false;  ///< a compressed frame begins like this
};

/// The number of each frame's first fragment, from 0, or nothing where that cannot be known. `offsets` is the Basic
/// Offset Table, empty where there is none; it is asked last, since makers get it wrong.
std::optional<std::vector<std::size_t>> first_fragments(std::span<const FragmentMark> fragments,
                                                        std::span<const std::uint32_t> offsets,
                                                        std::size_t frame_count);

}  // namespace broker::worker
