/// CommandSet: the command elements of one DIMSE message, and their bytes (PS3.7 6.3.1).
///
/// A value; one thread at a time. Written by hand because DCMTK 3.6.7 parses command sets with its recursive data set
/// reader, which a peer can make overflow the stack, and will not write one for a transfer syntax that it doesn't know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace broker::dicom {

class CommandSet {
public:
    /// Reads Implicit VR Little Endian. Elements outside of group 0000 are passed over. Nothing when the lengths don't
    /// fit, or one is undefined.
    static std::optional<CommandSet> parse(std::span<const std::byte> bytes);

    /// The value of an element of group 0000, by its element number; nothing when absent or of another size.
    std::optional<std::uint16_t> number(std::uint16_t element) const;
    /// Without padding; "" when absent. The peer's words: not checked.
    std::string text(std::uint16_t element) const;

    void set_number(std::uint16_t element, std::uint16_t value);
    /// Pads a UID with NUL to an even length.
    void set_uid(std::uint16_t element, std::string_view uid);
    /// Pads with a space.
    void set_text(std::uint16_t element, std::string_view text);

    /// The whole set with its group length, in ascending order.
    std::vector<std::byte> bytes() const;

private:
    std::map<std::uint16_t, std::string> values_;
};

/// Element numbers of group 0000 (PS3.7 E.1).
namespace command {
inline constexpr std::uint16_t affected_sop_class_uid = 0x0002;
inline constexpr std::uint16_t requested_sop_class_uid = 0x0003;
inline constexpr std::uint16_t field = 0x0100;
inline constexpr std::uint16_t message_id = 0x0110;
inline constexpr std::uint16_t message_id_being_responded_to = 0x0120;
inline constexpr std::uint16_t priority = 0x0700;
inline constexpr std::uint16_t data_set_type = 0x0800;
inline constexpr std::uint16_t status = 0x0900;
inline constexpr std::uint16_t error_comment = 0x0902;
inline constexpr std::uint16_t affected_sop_instance_uid = 0x1000;
inline constexpr std::uint16_t requested_sop_instance_uid = 0x1001;
inline constexpr std::uint16_t event_type_id = 0x1002;
inline constexpr std::uint16_t action_type_id = 0x1008;
}  // namespace command

/// Command Field values (PS3.7 E.1).
namespace command_field {
inline constexpr std::uint16_t c_store_rq = 0x0001;
inline constexpr std::uint16_t c_find_rq = 0x0020;
inline constexpr std::uint16_t c_echo_rq = 0x0030;
inline constexpr std::uint16_t n_event_report_rq = 0x0100;
inline constexpr std::uint16_t n_action_rq = 0x0130;
inline constexpr std::uint16_t c_cancel_rq = 0x0FFF;
inline constexpr std::uint16_t response_bit = 0x8000;
}  // namespace command_field

/// Command Data Set Type: the first value says that no data set follows; every other that one does (PS3.7 E.1), and we
/// write the second.
inline constexpr std::uint16_t no_data_set = 0x0101, data_set_follows = 0x0001;

}  // namespace broker::dicom
