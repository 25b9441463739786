/// Resolve: from a host's name to its addresses, within a time limit that the system's resolver doesn't know.
///
/// Any thread.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "broker/http/failure.h"
#include "broker/http/waiting.h"

namespace broker::http {

struct Resolution {
    enum class Answer { found, no_such_name, unresolved } answer = Answer::unresolved;
    std::vector<std::string> addresses;  ///< as literals, in the order in which to try them
};

/// Blocks for as long as it likes. May be called by several threads at once, and may go on after its client is gone.
using Resolve = std::function<Resolution(const std::string& name)>;

/// By the system, /etc/hosts included.
Resolution resolve_by_system(const std::string& name);

/// Asks on a thread of its own, which is not waited for when time runs out or the interrupt is raised: the system's
/// resolver can neither be bounded nor cancelled.
std::variant<Resolution, Failure> resolve_within(const Resolve& resolve, const std::string& name,
                                                 const Interrupt& interrupt, Monotonic until);

}  // namespace broker::http
