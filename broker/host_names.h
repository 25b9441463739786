/// HostNames: what the names of destinations lead to, asked before somebody relies on them.
///
/// Asks the network when called and keeps nothing; any thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "broker/config/config.h"
#include "broker/config/problem.h"

namespace broker {

struct HostNames {
    std::vector<config::Problem> problems;  ///< a destination that is this bridge itself; `file` is empty
    std::vector<std::string> remarks;       ///< names that lead nowhere, for people: a name server may be back later
};

/// The addresses of a name as literals, none where there are none. Throws nothing.
using Resolve = std::function<std::vector<std::string>(const std::string& name)>;
/// By the system, /etc/hosts included. Cannot be cut short.
std::vector<std::string> resolve(const std::string& name);

/// The same, but nobody waits longer than `within`: then nothing, and the question goes on by itself.
std::optional<std::vector<std::string>> resolve_soon(const std::string& name, std::chrono::milliseconds within);

/// Asks about all names at once, and waits no longer than `within`: what is not answered by then is a remark, and its
/// question goes on without anybody waiting for it.
HostNames check_host_names(const config::Config& config, std::chrono::milliseconds within,
                           const Resolve& resolve_name = resolve);

}  // namespace broker
