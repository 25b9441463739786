#include "broker/dicom/command_set.h"

#include <cstring>

namespace broker::dicom {
namespace {

constexpr std::size_t head_bytes = 8;  // tag and length

std::uint32_t little_endian(std::span<const std::byte> bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i - 1]);
    return value;
}

std::string little_endian(std::uint32_t value, std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
    return bytes;
}

std::string element_bytes(std::uint16_t element, std::string_view value) {
    std::string bytes = little_endian(0, 2) + little_endian(element, 2);
    bytes += little_endian(static_cast<std::uint32_t>(value.size()), 4);
    bytes += value;
    return bytes;
}

}  // namespace

std::optional<CommandSet> CommandSet::parse(std::span<const std::byte> bytes) {
    CommandSet set;
    while (!bytes.empty()) {
        if (bytes.size() < head_bytes) return std::nullopt;
        const auto group = little_endian(bytes.subspan(0, 2));
        const auto element = static_cast<std::uint16_t>(little_endian(bytes.subspan(2, 2)));
        const auto size = little_endian(bytes.subspan(4, 4));
        bytes = bytes.subspan(head_bytes);
        if (size > bytes.size()) return std::nullopt;
        const auto value = bytes.subspan(0, size);
        bytes = bytes.subspan(size);
        if (group == 0 && element != 0)
            set.values_[element].assign(reinterpret_cast<const char*>(value.data()), value.size());
    }
    return set;
}

std::optional<std::uint16_t> CommandSet::number(std::uint16_t element) const {
    const auto found = values_.find(element);
    if (found == values_.end() || found->second.size() != 2) return std::nullopt;
    return static_cast<std::uint16_t>(little_endian(std::as_bytes(std::span(found->second))));
}

std::string CommandSet::text(std::uint16_t element) const {
    const auto found = values_.find(element);
    if (found == values_.end()) return {};
    constexpr std::string_view padding(" \0", 2);
    const auto first = found->second.find_first_not_of(padding);
    if (first == std::string::npos) return {};
    return found->second.substr(first, found->second.find_last_not_of(padding) - first + 1);
}

void CommandSet::set_number(std::uint16_t element, std::uint16_t value) {
    values_[element] = little_endian(value, 2);
}

void CommandSet::set_uid(std::uint16_t element, std::string_view uid) {
    std::string& value = values_[element] = uid;
    if (value.size() % 2 != 0) value += '\0';
}

void CommandSet::set_text(std::uint16_t element, std::string_view text) {
    std::string& value = values_[element] = text;
    if (value.size() % 2 != 0) value += ' ';
}

std::vector<std::byte> CommandSet::bytes() const {
    std::string rest;
    for (const auto& [element, value] : values_) rest += element_bytes(element, value);
    const std::string all = element_bytes(0, little_endian(static_cast<std::uint32_t>(rest.size()), 4)) + rest;
    std::vector<std::byte> result(all.size());
    std::memcpy(result.data(), all.data(), all.size());
    return result;
}

}  // namespace broker::dicom
