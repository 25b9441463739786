/// Network: whether an address lies in a block of addresses.
///
/// Pure; any thread.
#pragma once

#include <string_view>

namespace broker::route {

/// Whether `address` is the literal `network` or lies in that CIDR block. False where either is malformed; an IPv4
/// address mapped into IPv6 (::ffff:10.0.0.1) counts as the IPv4 one.
bool in_network(std::string_view network, std::string_view address);

/// Whether `network` is a literal address or a CIDR block.
bool is_network(std::string_view network);

/// Whether `address` is a literal of this machine alone: 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view address);

}  // namespace broker::route
