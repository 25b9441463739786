#include "broker/dicom/part10.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace broker::dicom {
namespace {

constexpr std::size_t preamble_bytes = 128;
constexpr std::size_t group_at = preamble_bytes + 4;    // behind "DICM"
constexpr std::size_t group_length_element_bytes = 12;  // (0002,0000) UL: 8 bytes of head, 4 of value

class MetaGroup {
public:
    void add(std::uint16_t element, std::string_view vr, std::string_view value, char padding = '\0') {
        const auto size = static_cast<std::uint16_t>(value.size() + value.size() % 2);
        put(2, 2);
        put(element, 2);
        bytes_ += vr;
        if (vr == "OB") {
            put(0, 2);
            put(size, 4);
        } else {
            put(size, 2);
        }
        bytes_ += value;
        if (value.size() % 2 != 0) bytes_ += padding;
    }
    static std::string number(std::uint32_t value) {
        MetaGroup made;
        made.put(value, 4);
        return made.bytes_;
    }
    const std::string& bytes() const { return bytes_; }

private:
    void put(std::uint32_t value, int size) {
        for (int i = 0; i < size; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xFF);
    }
    std::string bytes_;
};

}  // namespace

std::vector<std::byte> file_header(const FileIdentity& identity) {
    MetaGroup rest;
    rest.add(0x0001, "OB", std::string_view("\0\1", 2));
    rest.add(0x0002, "UI", identity.sop_class_uid);
    rest.add(0x0003, "UI", identity.sop_instance_uid);
    rest.add(0x0010, "UI", identity.transfer_syntax_uid);
    rest.add(0x0012, "UI", implementation_class_uid);
    rest.add(0x0013, "SH", implementation_version_name, ' ');
    MetaGroup length;
    length.add(0x0000, "UL", MetaGroup::number(static_cast<std::uint32_t>(rest.bytes().size())));

    const std::string all = std::string(preamble_bytes, '\0') + "DICM" + length.bytes() + rest.bytes();
    std::vector<std::byte> result(all.size());
    std::memcpy(result.data(), all.data(), all.size());
    return result;
}

std::optional<std::size_t> data_set_offset(std::span<const std::byte> first_bytes) {
    constexpr std::string_view group_length_head("\2\0\0\0UL\4\0", 8);
    if (first_bytes.size() < group_at + group_length_element_bytes) return std::nullopt;
    const auto* text = reinterpret_cast<const char*>(first_bytes.data());
    if (std::memcmp(text + preamble_bytes, "DICM", 4) != 0) return std::nullopt;
    if (std::memcmp(text + group_at, group_length_head.data(), group_length_head.size()) != 0) return std::nullopt;
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < 4; ++i)
        length |= std::to_integer<std::uint32_t>(first_bytes[group_at + 8 + i]) << (8 * i);
    return group_at + group_length_element_bytes + length;
}

std::optional<FileIdentity> file_identity(std::span<const std::byte> first_bytes) {
    const std::optional<std::size_t> end = data_set_offset(first_bytes);
    if (!end || *end > first_bytes.size()) return std::nullopt;
    const std::string_view text(reinterpret_cast<const char*>(first_bytes.data()), *end);
    // Every value in it is shorter than 256 bytes, and the elements come in one order only.
    const auto value_of = [&](std::string_view head) {
        const std::size_t at = text.find(head, group_at);
        if (at == text.npos || at + head.size() + 2 > text.size()) return std::string{};
        const std::size_t length = static_cast<unsigned char>(text[at + head.size()]);
        std::string value{text.substr(at + head.size() + 2, length)};
        if (!value.empty() && value.back() == '\0') value.pop_back();
        return value;
    };
    FileIdentity identity{value_of({"\2\0\2\0UI", 6}), value_of({"\2\0\3\0UI", 6}), value_of({"\2\0\x10\0UI", 6})};
    // Made again from what was read, it is the same: nothing else can be a header of ours.
    const std::vector<std::byte> made = file_header(identity);
    if (!std::equal(made.begin(), made.end(), first_bytes.begin(),
                    first_bytes.begin() + static_cast<std::ptrdiff_t>(*end)))
        return std::nullopt;
    return identity;
}

}  // namespace broker::dicom
