/// Pdu: the protocol data units of an association's beginning and end (PS3.8 9.3), as bytes of ours and facts of a
/// peer's.
///
/// Pure functions; any thread. Nothing a peer sends is trusted: every length is checked before it is followed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "broker/dicom/pdu_bytes.h"

namespace broker::deliver {

using dicom::pdata_head_bytes;
using dicom::pdu_head_bytes;
using dicom::PduType;
using dicom::pdv_head_bytes;
using Bytes = std::vector<std::byte>;

struct Proposal {
    std::uint8_t id = 1;  ///< odd
    std::string abstract_syntax;
    std::string transfer_syntax;
};

struct AssociateRequest {
    std::string called_ae_title, calling_ae_title;  ///< at most 16 characters each
    std::vector<Proposal> proposals;                ///< at most 128
    std::uint32_t pdu_max = 0;                      ///< what we receive
    std::vector<dicom::RoleSelection> roles = {};   ///< proposed; none for an abstract syntax: we are its SCU
};

Bytes associate_request(const AssociateRequest& request);

struct AssociateAccept {
    std::uint32_t pdu_max = 0;                     ///< what the peer receives; 0: any length
    std::map<std::uint8_t, std::uint8_t> results;  ///< by context id; 0: accepted
    std::map<std::string, dicom::Roles> roles;     ///< ours, by abstract syntax, where the peer answered a proposal
};

/// Reads the part of an A-ASSOCIATE-AC after its head; nothing when it is malformed.
std::optional<AssociateAccept> parse_accept(std::span<const std::byte> body);

/// The type of a head's PDU and the length that it announces; the type may be none of PduType.
struct PduHead {
    PduType type;
    std::uint32_t length;
};
PduHead parse_head(std::span<const std::byte, pdu_head_bytes> head);

/// A-RELEASE-RQ and A-RELEASE-RP.
Bytes release(PduType type);
/// A-ABORT by the service user (source 0), PS3.8 9.3.8.
Bytes abort_request();
/// The head of a P-DATA-TF PDU that holds one PDV of `fragment_bytes`, PS3.8 9.3.5 and annex E.2.
std::array<std::byte, pdata_head_bytes> pdata_head(std::uint8_t context, bool is_command, bool is_last,
                                                   std::uint32_t fragment_bytes);

/// One PDV at the front of a P-DATA-TF PDU's body, and what follows it.
struct Pdv {
    std::uint8_t context;
    bool is_command, is_last;
    std::span<const std::byte> bytes, rest;
};
/// Nothing when its length leads outside.
std::optional<Pdv> parse_pdv(std::span<const std::byte> body);

}  // namespace broker::deliver
