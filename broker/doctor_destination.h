/// DoctorDestination: one destination, step by step: name, TCP, TLS, then what its kind answers; and a test object.
///
/// Any thread; blocks, as long as the destination's time-outs let it. Beside the destination's lane: neither knows of
/// the other.
#pragma once

#include <stop_token>

#include "broker/clock.h"
#include "broker/config/config.h"
#include "broker/diagnosis.h"

namespace broker {

/// `config` has the destination. A step that fails is the last of its way. Nothing is sent but, where `sends_test`, one
/// object that says that it is a test, to the kinds that can have it taken away again. Throws std::system_error where
/// this machine has no descriptors left.
Diagnoses examine_destination(const config::Destination& destination, const config::Config& config, bool sends_test,
                              const Clock& clock, const std::stop_token& stop);

}  // namespace broker
