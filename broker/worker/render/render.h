/// Render: a picture of one frame of an instance, for people to look at, not to diagnose from.
///
/// One thread; call `start_codecs` before. Reads hostile bytes: it may crash or run on for ever, and belongs into a
/// cage. Throws std::bad_alloc, and what `blob` throws beside Unrenderable.
#pragma once

#include <variant>

#include "broker/worker/render/bytes.h"
#include "broker/worker/render/order.h"

namespace broker::worker {

std::variant<Picture, NoPicture> render(Bytes& blob, const RenderOrder& order);

}  // namespace broker::worker
