/// KernelClock: whether a time service keeps the clock of this machine, as far as the kernel knows.
///
/// Asks the kernel when called; any thread.
#pragma once

#include <optional>

namespace broker {

/// Nothing: the kernel does not tell.
std::optional<bool> is_clock_kept();

}  // namespace broker
