/// StoredFrame: the bytes of one frame as they lie in the pixel data, found without reading the others (PS3.5 8, A.4).
///
/// One thread at a time.
#pragma once

#include <vector>

#include "broker/worker/render/attributes.h"
#include "broker/worker/render/pixel_facts.h"
#include "broker/worker/syntax.h"

namespace broker::worker {

/// Of uncompressed pixel data, little endian; of packed pixels, from a whole byte on. `frame` from 1, one that is
/// there by Number of Frames. Throws Unrenderable, truncated.
std::vector<std::byte> native_frame(const Attributes& attributes, const PixelFacts& facts, std::uint32_t frame);

/// The compressed bytes of a frame, its fragments joined. The Extended Offset Table is believed first, then the Basic
/// one, as long as they lead to an item in which a frame begins; else the fragments are counted and looked at.
/// Throws Unrenderable: misplaced, truncated.
std::vector<std::byte> encapsulated_frame(const Attributes& attributes, const PixelFacts& facts, Coding coding,
                                          std::uint32_t frame);

}  // namespace broker::worker
