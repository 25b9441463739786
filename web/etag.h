/// ETag: names a response's bytes, so that a peer who has them need not get them again (RFC 9110, 8.8.3).
///
/// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace web {

/// A strong tag, quotes included: 128 bits of the bytes' SHA-256.
std::string etag_of(std::string_view bytes);

/// True when an If-None-Match names the tag, or is "*". Weak tags count: for this header they do (RFC 9110, 13.1.2).
bool is_known(std::string_view if_none_match, std::string_view tag);

}  // namespace web
