/// Base64: bytes as text, and back (RFC 4648), and the alphabet that can stand in an address (section 5).
///
/// Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace web {

/// With padding.
std::string base64(std::string_view bytes);
/// Nothing for what `base64` would not write.
std::optional<std::string> parse_base64(std::string_view text);
/// The alphabet with - and _, without padding.
std::string base64_url(std::string_view bytes);

}  // namespace web
