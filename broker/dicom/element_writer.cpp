#include "broker/dicom/element_writer.h"

namespace broker::dicom {
namespace {

constexpr Tag item_tag{0xFFFE, 0xE000};
constexpr std::string_view sequence_vr = "SQ";

}  // namespace

void ElementWriter::uid(Tag tag, std::string_view uid) {
    text(tag, "UI", uid, '\0');
}

void ElementWriter::code(Tag tag, std::string_view code) {
    text(tag, "CS", code, ' ');
}

void ElementWriter::number(Tag tag, std::uint16_t value) {
    head(tag, "US", 2);
    little_endian(value, 2);
}

void ElementWriter::item(const ElementWriter& elements) {
    head(item_tag, "", elements.bytes_.size());
    append(elements);
}

void ElementWriter::sequence(Tag tag, const ElementWriter& items) {
    head(tag, sequence_vr, items.bytes_.size());
    append(items);
}

void ElementWriter::text(Tag tag, std::string_view vr, std::string_view value, char padding) {
    const bool is_odd = value.size() % 2 != 0;
    head(tag, vr, value.size() + (is_odd ? 1 : 0));
    for (const char each : value) bytes_.push_back(static_cast<std::byte>(each));
    if (is_odd) bytes_.push_back(static_cast<std::byte>(padding));
}

// Items have no VR in any encoding (PS3.5 7.5); SQ is the one long form that is written here (7.1.2).
void ElementWriter::head(Tag tag, std::string_view vr, std::size_t length) {
    little_endian(tag.group, 2);
    little_endian(tag.element, 2);
    if (is_implicit_ || vr.empty()) return little_endian(static_cast<std::uint32_t>(length), 4);
    for (const char each : vr) bytes_.push_back(static_cast<std::byte>(each));
    if (vr != sequence_vr) return little_endian(static_cast<std::uint32_t>(length), 2);
    little_endian(0, 2);
    little_endian(static_cast<std::uint32_t>(length), 4);
}

void ElementWriter::little_endian(std::uint32_t value, int size) {
    for (int shift = 0; shift < 8 * size; shift += 8) bytes_.push_back(static_cast<std::byte>(value >> shift));
}

void ElementWriter::append(const ElementWriter& other) {
    bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
}

}  // namespace broker::dicom
