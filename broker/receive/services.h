/// Services: the table that says which abstract syntax is served by whom.
///
/// Constant; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace broker::receive {

class Conversation;
struct Request;

/// Whether the association goes on after a message.
enum class Next {
    message,   ///< wait for the next one
    released,  ///< the peer asked for the release
    abort,     ///< the peer broke the protocol, or is better cut off
    ended,     ///< there is no connection any more
};

struct Service {
    std::string_view name;
    std::span<const std::uint16_t> command_fields;  ///< the requests that it answers
    Next (*serve)(Conversation& conversation, const Request& request);
};

/// Who serves an abstract syntax; null when nobody does.
const Service* service_of(std::string_view abstract_syntax);

/// Whether the standard gives the abstract syntax to a service other than storage and verification.
bool is_other_service(std::string_view abstract_syntax);

}  // namespace broker::receive
