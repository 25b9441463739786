/// Secret: what only chance knows, and what is kept of it.
///
/// Any thread.
#pragma once

#include <string>
#include <string_view>

#include "outbox/ids.h"

namespace web {

/// From the system's source. Throws Error: io.
std::string random_bytes(std::size_t size);

/// 256 random bits, as 43 characters that can stand in a cookie and in an address. Throws Error: io.
std::string new_secret();

/// SHA-256: enough for what is chance, and nothing to log in with.
outbox::Digest hash_of(std::string_view secret);

/// Makes a secret unreadable where it stood.
void wipe(std::string& secret);

}  // namespace web
