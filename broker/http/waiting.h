/// Waiting: the one place where this folder waits for a socket.
///
/// Any thread. Internal to this folder.
#pragma once

#include <chrono>

#include "broker/http/interrupt.h"

namespace broker::http {

using Monotonic = std::chrono::steady_clock::time_point;

enum class Woken { ready, late, interrupted };

/// Until the descriptor is ready for any of `events` (as poll has them), it is `until`, or the interrupt is raised;
/// of these an interrupt counts most.
Woken wait_for(int descriptor, short events, const Interrupt& interrupt, Monotonic until);

}  // namespace broker::http
