/// Connect: from a host's name and port to a connected TCP socket, within a time limit.
///
/// Any thread; blocks. DCMTK's own connecting knows neither IPv6 nor long names, and says of a failure only that it was
/// one; what is to be done depends on which.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "broker/deliver/classification.h"
#include "broker/dicom/descriptor.h"

namespace broker::deliver {

struct Endpoint {
    std::string host;  ///< a name or an address
    std::uint16_t port = 0;
};

/// Tries the addresses of the host in the resolver's order, all within `timeout`, name resolution included; ends early,
/// as timed out, once `is_cancelled` says so (it is asked about ten times a second). The socket is non-blocking.
std::variant<dicom::Descriptor, Event> connect_to(const Endpoint& endpoint, std::chrono::milliseconds timeout,
                                                  const std::function<bool()>& is_cancelled);

}  // namespace broker::deliver
