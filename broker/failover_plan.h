/// FailoverPlan: which destination stands in for which, decided from how they all stand.
///
/// Values and a pure function; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "broker/config/units.h"
#include "outbox/ids.h"

namespace broker {

/// A destination as it stands.
struct Place {
    std::string name;
    bool is_paused = false;                              ///< a person's choice: it neither fails over nor stands in
    std::optional<outbox::Instant> troubled_since = {};  ///< failing or held
    std::vector<std::string> failover = {};              ///< who may stand in for it, in this order
    config::Duration failover_after{0};                  ///< how long it must have been in trouble
    std::string stood_in_by = {};                        ///< who does by now, or ""
};

/// What is to be done for one destination. Where all is empty and nothing is taken back: nothing.
struct FailoverStep {
    std::string destination;
    std::string stood_in_by = {};          ///< from now on; "": by nobody
    std::string moves_to = {};             ///< where its jobs go that could be sent now; "": they stay
    std::vector<std::string> leaves = {};  ///< whose jobs that stand in for it go there, too: these fail as well
    bool takes_back = false;               ///< what stands in for it and is not on its way comes back
    bool operator==(const FailoverStep&) const = default;
};

/// One step for each of the configured destinations, in their order. One that is missing here is never chosen.
std::vector<FailoverStep> plan_failover(std::span<const Place> places, outbox::Instant now);

}  // namespace broker
