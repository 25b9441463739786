/// Refusal: something that a peer wanted and did not get, told to whoever keeps the history.
///
/// A value.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace broker::receive {

struct Refusal {
    std::string code;  ///< a stable word: "called_ae_title", "malformed_lengths", "no_space", "uid_mismatch"…
    std::string address;
    std::string calling_ae_title, called_ae_title;  ///< printable ASCII; empty where the request told none
    std::string detail = {};                        ///< one word more: what TLS failed by; or ""
};

/// Called on the thread that refused, which waits for it: any thread, and it must be quick and not throw.
using Refused = std::function<void(const Refusal&)>;

/// Text from a peer as one word of a log line: whatever is not a printable sign other than '"', '=' and ' ' becomes
/// '_'.
std::string log_word(std::string_view text);

}  // namespace broker::receive
