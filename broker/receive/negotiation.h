/// Negotiation: which presentation contexts we accept, and with which transfer syntax.
///
/// Pure functions; any thread. Storage takes every abstract syntax, private and future ones included, but those of the
/// standard's other services; and every transfer syntax, since the bytes are kept as they come.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/receive/associate_request.h"

namespace broker::receive {

struct AcceptedContext {
    std::string abstract_syntax;
    std::string transfer_syntax;
};

/// By presentation context id. Contexts that are not in it are refused (PS3.8 9.3.3.2): result 3 or, where
/// `is_served`, 4.
using Contexts = std::map<std::uint8_t, AcceptedContext>;

/// Storage Commitment is taken where `commits`, in Little Endian as ever: it is read, not kept.
Contexts negotiate(const std::vector<ProposedContext>& proposed, bool commits = false);

/// Whether the abstract syntax is served at all; a context of it that was not accepted had no transfer syntax for it.
bool is_served(std::string_view abstract_syntax, bool commits);

/// Of several transfer syntaxes the first, but explicit VR before implicit, and big endian last.
const std::string& choose_transfer_syntax(const std::vector<std::string>& proposed);

}  // namespace broker::receive
