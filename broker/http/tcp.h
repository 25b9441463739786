/// Tcp: from a host's name and port to a connected socket.
///
/// Any thread; blocks. Internal to this folder.
#pragma once

#include <variant>

#include "broker/dicom/descriptor.h"
#include "broker/http/failure.h"
#include "broker/http/options.h"
#include "broker/http/waiting.h"

namespace broker::http {

/// To the host and port of `where`. The socket doesn't block.
std::variant<dicom::Descriptor, Failure> connect_tcp(const Url& where, const Options& options,
                                                     const Interrupt& interrupt, Monotonic until);

}  // namespace broker::http
