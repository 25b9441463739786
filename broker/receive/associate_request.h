/// AssociateRequest: an A-ASSOCIATE-RQ PDU, checked and taken apart before anything else looks at it.
///
/// Pure functions; any thread. DCMTK 3.6.7 leaks some 190 kB for each malformed request, so that it only ever sees what
/// `canonical` writes from a request that passed here. Clauses are of PS3.8 unless said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/dicom/pdu_bytes.h"

namespace broker::receive {

struct AssociateLimits {
    std::uint64_t bytes_max = 64 * 1024;  ///< of the PDU behind its first six bytes
    unsigned contexts_max = 128;
    unsigned transfer_syntaxes_max = 50;  ///< of one context
};

struct ProposedContext {
    std::uint8_t id = 0;
    std::string abstract_syntax;
    std::vector<std::string> transfer_syntaxes;
};

struct AssociateRequest {
    std::uint16_t protocol_version = 1;
    std::string called_ae_title, calling_ae_title;  ///< without padding; printable ASCII
    std::string application_context;
    std::vector<ProposedContext> contexts;
    std::uint32_t max_pdu = 0;  ///< that the peer takes; 0: any
    std::string implementation_class_uid, implementation_version_name;
    std::optional<dicom::Roles> commitment_roles;  ///< proposed for Storage Commitment Push Model
};

/// What is wrong with a request, as a stable word for logs and the history.
enum class Malformed {
    not_an_associate_request,
    too_long,
    lengths,            ///< an item ends outside of what holds it
    ae_title,           ///< not printable
    uid,                ///< not of `[0-9.]{1,64}`
    items,              ///< one that must be there is missing, or is there twice
    contexts,           ///< none, too many, or with the same or an even id
    transfer_syntaxes,  ///< none or too many
};
std::string_view to_string(Malformed malformed);

using dicom::pdu_head_bytes;

/// How many bytes follow the head, or why they need not be read.
std::variant<std::size_t, Malformed> check_head(std::span<const std::byte, pdu_head_bytes> head,
                                                const AssociateLimits& limits);

/// Takes the whole PDU, head included (9.3.2). Items that the standard doesn't know are passed over.
std::variant<AssociateRequest, Malformed> parse_associate_request(std::span<const std::byte> pdu,
                                                                  const AssociateLimits& limits);

/// The same request as a PDU that holds only what we negotiate about: roles for Storage Commitment only (the default
/// ones are what storage wants), no user identity, no extended negotiation, no asynchronous window; not answering them
/// is the standard's refusal.
std::vector<std::byte> canonical(const AssociateRequest& request);

}  // namespace broker::receive
