#include "broker/dicom/pdu_bytes.h"

#include <cassert>

namespace broker::dicom {

namespace {
constexpr std::size_t item_head_bytes = 4;  // type, reserved, a 2-byte length
}

std::uint32_t big_endian(std::span<const std::byte> bytes) {
    assert(bytes.size() <= 4);
    std::uint32_t value = 0;
    for (const std::byte each : bytes) value = value << 8 | std::to_integer<std::uint32_t>(each);
    return value;
}

std::optional<Item> take_item(std::span<const std::byte>& rest) {
    if (rest.size() < item_head_bytes) return std::nullopt;
    const std::size_t size = big_endian(rest.subspan(2, 2));
    if (rest.size() - item_head_bytes < size) return std::nullopt;
    const Item item{std::to_integer<std::uint8_t>(rest[0]), rest.subspan(item_head_bytes, size)};
    rest = rest.subspan(item_head_bytes + size);
    return item;
}

std::optional<RoleSelection> parse_role_selection(std::span<const std::byte> value) {
    constexpr std::size_t length_bytes = 2, role_bytes = 2;
    if (value.size() < length_bytes + role_bytes) return std::nullopt;
    const std::size_t size = big_endian(value.first(length_bytes));
    if (value.size() != length_bytes + size + role_bytes) return std::nullopt;
    std::string uid(reinterpret_cast<const char*>(value.data()) + length_bytes, size);
    // UIDs are not padded here (PS3.8 annex F), but some peers do.
    while (!uid.empty() && (uid.back() == '\0' || uid.back() == ' ')) uid.pop_back();
    const auto roles = value.last(role_bytes);
    return RoleSelection{std::move(uid), {roles[0] != std::byte(0), roles[1] != std::byte(0)}};
}

void PduBytes::number(std::uint32_t value, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes_.push_back(static_cast<std::byte>(value >> shift));
}

void PduBytes::zeros(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
}

void PduBytes::text(std::string_view text) {
    for (const char each : text) bytes_.push_back(static_cast<std::byte>(each));
}

void PduBytes::ae_title(std::string_view title) {
    assert(title.size() <= ae_title_bytes);
    text(title);
    for (std::size_t n = title.size(); n < ae_title_bytes; ++n) number(' ', 1);
}

void PduBytes::append(const PduBytes& other) {
    bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
}

void PduBytes::item(std::uint8_t type, const PduBytes& value) {
    number(type, 1);
    zeros(1);
    number(static_cast<std::uint32_t>(value.bytes_.size()), 2);
    append(value);
}

void PduBytes::item(std::uint8_t type, std::string_view value) {
    PduBytes made;
    made.text(value);
    item(type, made);
}

void PduBytes::role_selection(std::string_view abstract_syntax, const Roles& roles) {
    PduBytes made;
    made.number(static_cast<std::uint32_t>(abstract_syntax.size()), 2);
    made.text(abstract_syntax);
    made.number(roles.is_scu ? 1 : 0, 1);
    made.number(roles.is_scp ? 1 : 0, 1);
    item(item::role_selection, made);
}

std::vector<std::byte> PduBytes::pdu(PduType type) const {
    PduBytes whole;
    whole.number(static_cast<std::uint8_t>(type), 1);
    whole.zeros(1);
    whole.number(static_cast<std::uint32_t>(bytes_.size()), 4);
    whole.append(*this);
    return whole.bytes_;
}

}  // namespace broker::dicom
