/// Marks: what a compressed frame says about itself in its own markers.
///
/// Pure functions, bounded by the bytes given; any thread. Broken bytes are no error here: then nothing is said.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "broker/worker/syntax.h"

namespace broker::worker {

/// Whether a compressed frame begins like that. Of run lengths every fragment does (PS3.5 A.4.2).
bool is_frame_start(std::span<const std::byte> fragment, Coding coding);
/// Bytes of a fragment that are looked at for that.
inline constexpr std::size_t frame_start_bytes = 8;

enum class JpegColour { unsaid, rgb, ybr };

/// Of a JPEG frame of three components: what its Adobe marker says, else component identifiers 'R', 'G', 'B'.
JpegColour jpeg_colour(std::span<const std::byte> frame);

/// Of a JPEG-LS frame: whether NEAR (ISO 14495-1 C.2.3) is 0, so that nothing was lost.
std::optional<bool> is_jpeg_ls_reversible(std::span<const std::byte> frame);

/// What the coding style of a JPEG 2000 codestream (ISO 15444-1 A.6.1) says, also where a JP2 file is around it.
struct CodestreamStyle {
    bool is_reversible = false;                     ///< the 5-3 wavelet
    bool has_multiple_component_transform = false;  ///< decoded components are RGB
};
std::optional<CodestreamStyle> codestream_style(std::span<const std::byte> frame);

}  // namespace broker::worker
