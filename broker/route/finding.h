/// Finding: one test of a condition that decided, in words, with the values that it was put to.
///
/// A value. It shows what stands in an instance: for people who may see that, never for a log.
#pragma once

#include <string>
#include <vector>

namespace broker::route {

struct Finding {
    std::string subject;              ///< as the configuration writes it
    std::string test;                 ///< "is CT or DX", "from 20260101 to 20261231", "is present", "is not MR"
    std::vector<std::string> values;  ///< the one that fitted, or the first few of those that didn't, cut where long
    bool holds = false;               ///< the test as it is worded: below a `not` it is worded the other way round
    bool operator==(const Finding&) const = default;
};

}  // namespace broker::route
