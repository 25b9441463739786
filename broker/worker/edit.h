/// The work inside the helper process: a data set from one descriptor to another, with elements changed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/worker/ending.h"
#include "broker/worker/rewriting.h"

namespace broker::worker {

/// What stands before the data set: eight bytes of length, and the rewriting.
std::string pack_order(const Rewriting& rewriting);
/// Reads that from a descriptor, and nothing behind it; nothing where it isn't that.
std::optional<Rewriting> read_order(int input);

/// Reads hostile bytes, streaming: the memory it takes doesn't grow with them.
Ending edit(int input, std::string_view transfer_syntax, const Rewriting& rewriting, int output);

}  // namespace broker::worker
