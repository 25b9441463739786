/// Doctor: looks at this node and at each destination, step by step, as somebody would who wonders why nothing arrives.
///
/// Any thread; blocks, as long as the destinations' time-outs let it. Changes nothing here, and nothing there but what
/// a test object is that was asked for.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "broker/clock.h"
#include "broker/config/config.h"
#include "broker/diagnosis.h"

namespace broker {

/// What only a running broker knows.
struct RunningNode {
    std::vector<std::uint16_t> dicom_ports;
    std::optional<std::uint16_t> tls_port;
    std::string not_accepting;  ///< why no instance is taken in; "": they are
};

/// The node alone: disk, clock, ports, and what to type into a scanner. `running`: null where nothing runs, so that its
/// ports must be free.
Diagnoses examine_node(const config::Config& config, const RunningNode* running, const Clock& clock);

/// Everything that was asked for; the destinations side by side, told in the order of the configuration. The one that
/// is named is configured. Once `stop` is requested, what still waits ends soon, as failed.
Diagnoses examine(const config::Config& config, const Examination& wanted, const RunningNode* running,
                  const Clock& clock, const std::stop_token& stop);

}  // namespace broker
