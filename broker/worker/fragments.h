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

/// The fragments of each frame, in order, or nothing where that cannot be known. `offsets` is the Basic Offset Table,
/// empty where there is none; it is asked last, since makers get it wrong. A frame begins with `is_start`.
std::optional<std::vector<std::vector<Fragment>>> frames_of(const std::vector<Fragment>& fragments,
                                                            std::span<const std::uint32_t> offsets,
                                                            std::size_t frame_count, bool (*is_start)(Fragment));

}  // namespace broker::worker
