/// Rendition: which picture a request under /dicom-web means, read from its path, query and Accept (PS3.18 8.3.5).
///
/// Pure functions; any thread. As everywhere in this API a parameter that is not known, not well-formed, empty or given
/// twice is a fault that names it: somebody who asked for a window must not look at another one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "web/parsed.h"
#include "web/render.h"
#include "web/target.h"

namespace web::dicomweb {

/// A region without width or height goes to the frame's edge, which only who has the pixels knows. Rows and Columns are
/// unsigned shorts (PS3.3 C.7.6.3.1): with this much no frame ends later.
inline constexpr double to_the_edge = 65'536;
inline constexpr std::uint32_t viewport_side_max = 10'000;
inline constexpr std::uint64_t viewport_pixels_max = 16'000'000;

/// `window`, `viewport` and `quality`; of a thumbnail `viewport` alone. Frame 0: the path names none. The parameter
/// `accept` is left to `wants_jpeg`.
Parsed<Rendition> parse_rendition(const Terms& query, bool is_thumbnail);

/// {frame} of a path: one whole number from 1 on. A list is a fault: a picture is of one frame.
Parsed<std::uint32_t> parse_frame(std::string_view text);

/// Whether image/jpeg is among what the peer takes: what the parameter `accept` says, where there is one, else the
/// header (RFC 9110, 12.5.1); with neither, yes. The range that names it most closely decides, and q=0 excludes it.
bool wants_jpeg(const Terms& query, std::optional<std::string_view> accept_header);

/// "40,400,linear", as the parameter `window` has it.
std::string text_of(const Window& window);

}  // namespace web::dicomweb
