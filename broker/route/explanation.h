/// Explanation: what each route says of one instance, and which of its tags decided.
///
/// Values and a pure function; any thread. Holds values of tags, which may be a patient's: for the person who asked,
/// never for a log.
#pragma once

#include <span>
#include <vector>

#include "broker/route/finding.h"
#include "broker/route/route.h"

namespace broker::route {

/// One route of an explanation.
struct Explained {
    const Route* route = nullptr;
    Verdict verdict = Verdict::not_matched;
    const Route* because = nullptr;     ///< after_last, not_needed: the route that made it so; else null
    std::vector<Finding> findings = {};  ///< what decided; none where it was not looked at, or takes everything
};

/// Must not outlive the routes.
struct Explanation {
    std::vector<Explained> routes;  ///< every one, in file order
    Decision decision;              ///< that of `decide`, from the same walk
};

Explanation explain(std::span<const Route> routes, const Facts& facts);

}  // namespace broker::route
