/// PduBytes: the bytes that every PDU of association establishment is made of (PS3.8 9.3), written and taken apart.
///
/// Values and pure functions; one thread at a time. Numbers are big endian. Nothing that a peer sends is trusted: no
/// length is followed to the outside of what holds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace broker::dicom {

enum class PduType : std::uint8_t {
    associate_rq = 1,
    associate_ac = 2,
    associate_rj = 3,
    p_data_tf = 4,
    release_rq = 5,
    release_rp = 6,
    abort = 7,
};

inline constexpr std::size_t pdu_head_bytes = 6;     ///< type, reserved, length (9.3.1)
inline constexpr std::size_t pdata_head_bytes = 12;  ///< the same, and one PDV's length, context and control header
inline constexpr std::size_t pdv_head_bytes = 6;     ///< of those, what counts against the peer's maximum length
/// Of an A-ASSOCIATE-RQ or -AC behind its head, before the items: version, reserved, two AE titles, 32 reserved.
inline constexpr std::size_t associate_fixed_bytes = 68;
inline constexpr std::size_t ae_title_bytes = 16;

/// Types of items and sub-items (9.3.2, 9.3.3, annex D; PS3.7 D.3.3.2).
namespace item {
inline constexpr std::uint8_t application_context = 0x10;
inline constexpr std::uint8_t context_rq = 0x20;
inline constexpr std::uint8_t context_ac = 0x21;
inline constexpr std::uint8_t abstract_syntax = 0x30;
inline constexpr std::uint8_t transfer_syntax = 0x40;
inline constexpr std::uint8_t user_information = 0x50;
inline constexpr std::uint8_t maximum_length = 0x51;
inline constexpr std::uint8_t implementation_class_uid = 0x52;
inline constexpr std::uint8_t role_selection = 0x54;
inline constexpr std::uint8_t implementation_version_name = 0x55;
}  // namespace item

/// The number that at most four bytes are.
std::uint32_t big_endian(std::span<const std::byte> bytes);

struct Item {
    std::uint8_t type = 0;
    std::span<const std::byte> value;
};
/// Takes the next item off `rest`. Nothing when its length goes over the end.
std::optional<Item> take_item(std::span<const std::byte>& rest);

/// Which roles the requestor of an association proposes, or is allowed, for an abstract syntax. Where nobody says
/// anything it is the SCU (PS3.7 D.3.3.4).
struct Roles {
    bool is_scu = true, is_scp = false;
    bool operator==(const Roles&) const = default;
};
struct RoleSelection {
    std::string abstract_syntax;
    Roles roles;
};
/// Reads the value of a role selection sub-item; nothing when it is malformed.
std::optional<RoleSelection> parse_role_selection(std::span<const std::byte> value);

/// Bytes in the making.
class PduBytes {
public:
    void number(std::uint32_t value, int size);
    void zeros(std::size_t count);
    void text(std::string_view text);
    /// Padded to 16; `title` is no longer than that.
    void ae_title(std::string_view title);
    void item(std::uint8_t type, const PduBytes& value);
    void item(std::uint8_t type, std::string_view value);
    /// A whole role selection sub-item.
    void role_selection(std::string_view abstract_syntax, const Roles& roles);

    const std::vector<std::byte>& bytes() const { return bytes_; }
    /// A whole PDU with these bytes behind its head.
    std::vector<std::byte> pdu(PduType type) const;

private:
    void append(const PduBytes& other);
    std::vector<std::byte> bytes_;
};

}  // namespace broker::dicom
