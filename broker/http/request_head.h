/// RequestHead: the bytes that come before a request's body.
///
/// Pure functions; any thread. Internal to this folder.
#pragma once

#include <cstdint>
#include <string>

#include "broker/http/options.h"
#include "broker/http/request.h"

namespace broker::http {

std::uint64_t body_size(const Request& request);

/// Throws std::invalid_argument where the request has a header field that is the client's to write.
std::string head_of(const Request& request, const Options& options);

/// Of the request to a proxy to let us through to the origin.
std::string connect_head(const Options& options);

}  // namespace broker::http
