/// PDU: the upper layer's and DIMSE's bytes that a load generator and a null receiver need, made by hand (PS3.8 9.3,
/// PS3.7 6.3.1).
///
/// Pure functions; any thread. Nothing here is shared with the product, so that neither can hide the other's mistake.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

/// The most that we send in one PDU, and the most that we say we take.
inline constexpr std::uint32_t max_pdu = 128 * 1024;
/// Of a P-DATA-TF with one PDV: PDU type, reserved, length; item length, context, control.
inline constexpr std::size_t pdu_header = 6, pdv_header = 6;

inline constexpr std::uint8_t associate_rq = 1, associate_ac = 2, p_data = 4, release_rq = 5, release_rp = 6;
inline constexpr std::uint8_t is_command = 1, is_last = 2;
inline constexpr std::uint16_t c_store_rq = 0x0001, c_store_rsp = 0x8001, c_echo_rq = 0x0030, c_echo_rsp = 0x8030;

void put_u16_be(std::string& to, std::uint16_t value);
void put_u32_be(std::string& to, std::uint32_t value);
void put_u16_le(std::string& to, std::uint16_t value);
void put_u32_le(std::string& to, std::uint32_t value);
std::uint16_t u16_be(std::string_view at);
std::uint32_t u32_be(std::string_view at);
std::uint16_t u16_le(std::string_view at);
std::uint32_t u32_le(std::string_view at);

std::string pdu(std::uint8_t type, std::string_view body);
/// A P-DATA-TF with one PDV.
std::string p_data_pdu(std::uint8_t context, std::uint8_t control, std::string_view bytes);

struct Proposal {
    std::string called_ae_title, calling_ae_title;
    std::string abstract_syntax, transfer_syntax;  ///< the one context, of id 1
};
std::string associate_request(const Proposal& proposal);
/// Accepts every context of an A-ASSOCIATE-RQ's body with the first transfer syntax that it proposes.
std::string associate_accept(std::string_view request_body);

struct Answer {
    bool is_accepted = false;   ///< the context of id 1
    std::uint32_t max_pdu = 0;  ///< 0: no limit
};
Answer read_accept(std::string_view accept_body);

/// An element of a command set: group 0000, implicit VR little endian.
std::string command_element(std::uint16_t element, std::string_view value);
std::string command_element(std::uint16_t element, std::uint16_t value);
/// The whole set, with its group length.
std::string command_set(std::string_view elements);
/// The value of an element, or "".
std::string_view command_value(std::string_view set, std::uint16_t element);
/// A UID as it is encoded: of even length.
std::string uid_value(std::string_view uid);

}  // namespace bench
