/// The work inside the helper process: a data set from one descriptor to another, in another transfer syntax.
#pragma once

#include <string_view>

#include "broker/worker/ending.h"

namespace broker::worker {

/// Call `start_codecs` and `choose_jpeg_colour` before. The pair must be one that can_transcode. Reads hostile bytes:
/// it may crash, use up its memory (std::bad_alloc) or run on for ever, and belongs into a cage.
Ending transcode(int input, std::string_view from, std::string_view to, int output);

}  // namespace broker::worker
