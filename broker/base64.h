/// Base64: bytes as text, for HTTP Basic and mails.
///
/// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace broker {

/// RFC 4648 section 4, with padding and without line breaks.
std::string base64(std::string_view bytes);

}  // namespace broker
