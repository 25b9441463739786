/// Secret: what a file or an environment variable keeps secret, read where it is used and nowhere kept.
///
/// Any thread, as long as nobody changes the environment.
#pragma once

#include <stdexcept>
#include <string>

#include "broker/config/destination.h"

namespace broker::config {

/// It cannot be read. Says where it should be, and nothing of what was there.
class SecretError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

inline constexpr std::size_t secret_bytes_max = 16 * 1024;

/// Without the white space at its ends, which editors leave there. `what` names it for people, like "client_secret".
/// Throws SecretError where it is missing, empty, of several lines, longer than `secret_bytes_max`, or no file that can be read.
std::string read_secret(const Secret& secret, const std::string& what);

}  // namespace broker::config
