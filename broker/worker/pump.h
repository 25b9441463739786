/// Pump: feeds a helper process and drains it, both at once, until it has ended, time is up, or somebody stops us.
///
/// One thread, that of the Child.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>

#include "broker/worker/child.h"

namespace broker::worker {

struct PumpPorts {
    /// The next bytes for the helper, valid until the next call; none at the end. Not called again once the helper has
    /// stopped reading. May throw.
    std::function<std::span<const std::byte>()> next;
    /// Bytes from the helper, in order. May throw.
    std::function<void(std::span<const std::byte>)> take;
};

enum class PumpEnd { ended, timed_out, stopped };

/// `stop` is a descriptor that becomes readable when it is time to stop. On `ended` the helper can be reaped without
/// waiting; else it may still run. Throws what the ports throw, and std::system_error where the system fails us.
PumpEnd pump(Child& child, const PumpPorts& ports, int stop, std::chrono::milliseconds timeout);

}  // namespace broker::worker
