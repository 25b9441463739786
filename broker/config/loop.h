/// Loop: whether an address and a port are this bridge's own door, where images would go round for ever.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "broker/config/config.h"

namespace broker::config {

/// The addresses of this machine's interfaces, as literals.
std::set<std::string> own_addresses();

/// Pure. `host` is a literal address, or "localhost".
bool is_own_door(const Config& config, const std::string& host, std::uint16_t port,
                 const std::set<std::string>& own_addresses);

}  // namespace broker::config
