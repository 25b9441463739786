/// Message: the requests that we send and the responses that we read (PS3.7 9.3), as command sets.
///
/// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace broker::deliver {

inline constexpr std::string_view verification_sop_class = "1.2.840.10008.1.1";
inline constexpr std::string_view study_root_find_sop_class = "1.2.840.10008.5.1.4.1.2.2.1";
inline constexpr std::uint16_t c_store_rsp = 0x8001, c_find_rsp = 0x8020, c_echo_rsp = 0x8030, n_action_rsp = 0x8130,
                               n_event_report_rsp = 0x8100;

/// Whether more responses to the same request follow (PS3.7 annex C).
constexpr bool is_pending(std::uint16_t status) {
    return status == 0xFF00 || status == 0xFF01;
}

struct StoreRequest {
    std::uint16_t message_id = 0;
    std::string_view sop_class_uid;
    std::string_view sop_instance_uid;
};

std::vector<std::byte> store_request(const StoreRequest& request);
std::vector<std::byte> echo_request(std::uint16_t message_id);
/// C-FIND, Study Root. The identifier follows.
std::vector<std::byte> find_request(std::uint16_t message_id);
/// The answer to a commitment report: the one response of ours as a requestor.
std::vector<std::byte> event_report_response(std::uint16_t message_id, std::uint16_t status);

/// What a response says; an element that is absent is nothing or empty.
struct Response {
    std::uint16_t field = 0;
    std::optional<std::uint16_t> message_id;  ///< being responded to
    std::optional<std::uint16_t> status;
    std::string sop_instance_uid;  ///< affected
    std::string error_comment;     ///< the peer's words, at most 64 characters (PS3.7 annex C), plain ASCII
    bool has_data_set = false;
};

/// Reads a whole command set; nothing when it is malformed or has no command field.
std::optional<Response> parse_response(std::span<const std::byte> bytes);

}  // namespace broker::deliver
