/// Rejection: why a peer gets no association, and the PDUs that tell it so (PS3.8 9.3.4 and 9.3.8).
///
/// Pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/receive/associate_request.h"
#include "broker/receive/rules.h"

namespace broker::receive {

/// The three numbers of an A-ASSOCIATE-RJ, and a stable word for logs and the history.
struct Rejection {
    std::uint8_t result = 1;  ///< 1 permanent, 2 transient
    std::uint8_t source = 1;  ///< 1 service user, 2 provider (ACSE), 3 provider (presentation)
    std::uint8_t reason = 1;
    std::string_view code;
};

inline constexpr Rejection unsupported_protocol{1, 2, 2, "protocol_version"};
inline constexpr Rejection unsupported_application_context{1, 1, 2, "application_context"};
inline constexpr Rejection unknown_calling_ae_title{1, 1, 3, "calling_ae_title"};
inline constexpr Rejection unknown_called_ae_title{1, 1, 7, "called_ae_title"};
inline constexpr Rejection too_many_associations{2, 3, 2, "too_many_associations"};

/// Whether the rules let this request in; nothing when they do. Limits on how many are open are not looked at.
std::optional<Rejection> check(const AssociateRequest& request, const Caller& caller, const Rules& rules);

using RejectPdu = std::array<std::byte, 10>;
RejectPdu reject_pdu(const Rejection& rejection);

/// From the provider: what came was no request that could be answered otherwise.
RejectPdu abort_pdu(Malformed malformed);

}  // namespace broker::receive
