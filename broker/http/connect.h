/// Connect: from an origin's address to a connection over which it can be asked, through a proxy and TLS where there
/// are any.
///
/// Any thread; blocks. Internal to this folder.
#pragma once

#include <memory>
#include <variant>

#include "broker/http/failure.h"
#include "broker/http/interrupt.h"
#include "broker/http/options.h"
#include "broker/http/wire.h"

namespace broker::http {

/// All within `connect_timeout`. Addresses are tried in the resolver's order, each with its share of the time; a proxy
/// or TLS that fails is not tried at another address. `tls` is there for an https origin.
std::variant<std::unique_ptr<Wire>, Failure> connect(const Options& options, const dicom::TlsClient* tls,
                                                     const Interrupt& interrupt);

}  // namespace broker::http
