/// `dicom-bridge worker`: the helper process, from its arguments to its exit status.
#pragma once

#include <span>

namespace broker::worker {

/// The hidden command's name, and the arguments behind it:
///   transcode FROM_TRANSFER_SYNTAX TO_TRANSFER_SYNTAX MEMORY_BYTES CPU_SECONDS
///   edit TRANSFER_SYNTAX MEMORY_BYTES CPU_SECONDS
///   render MEMORY_BYTES CPU_SECONDS
/// The first two read a data set from descriptor 0, write one to descriptor 1, and end the process with an Ending; they
/// say nothing. The third takes orders (render/order.h) from descriptor 0 and answers on descriptor 1, until there are
/// no more; for each of them the broker sets the limit on processor time anew.
/// Before a data set that is to be edited come a packed Rewriting and, before that, its length (`pack_order`).
inline constexpr const char* command = "worker";
[[noreturn]] void run(std::span<char* const> arguments);

}  // namespace broker::worker
