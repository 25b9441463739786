/// One compressed frame, decoded by the decoders that DCMTK knows (dcmtk_codecs.h): as a data set of that frame alone,
/// so that no other is touched and nothing else of the instance reaches DCMTK.
///
/// One thread. Hostile bytes may make of DCMTK what they like: this belongs into a cage.
#pragma once

#include <cstddef>
#include <vector>

#include "broker/worker/render/pixel_facts.h"
#include "broker/worker/syntax.h"

namespace broker::worker {

struct DecodedFrame {
    PixelFacts facts;              ///< as they are after decoding: YBR may be RGB now; never planar unless they say so
    std::vector<std::byte> bytes;  ///< facts.frame_bits()
};

/// Call `start_codecs` before. Throws Unrenderable: undecodable, or unsupported where bits are allocated otherwise than
/// in bytes.
DecodedFrame decode_frame(const PixelFacts& facts, const Syntax& syntax, std::vector<std::byte> frame);

}  // namespace broker::worker
