#include "broker/deliver/satusehat/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/dicom/utf8.h"

namespace broker::deliver::satusehat {

namespace {

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
bool is_alphanumeric(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

/// U+0080 to U+009F, which control terminals, too, and U+2028 and U+2029, which end lines.
bool is_wide_control(std::string_view character) {
    const std::uint32_t point = dicom::code_point_of(character);
    return (point >= 0x80 && point < 0xA0) || point == 0x2028 || point == 0x2029;
}

}  // namespace

std::string_view without_padding(std::string_view text) {
    const auto pads = [](char c) { return c == ' ' || c == '\0'; };
    while (!text.empty() && pads(text.front())) text.remove_prefix(1);
    while (!text.empty() && pads(text.back())) text.remove_suffix(1);
    return text;
}

std::string printable(std::string_view text, std::size_t characters_max) {
    std::string out;
    text = without_padding(text);
    for (std::size_t count = 0; count < characters_max && !text.empty(); ++count) {
        const std::size_t length = dicom::utf8_length(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
        text.remove_prefix(character.size());
        if (length == 0 || is_control(character.front()) || (length > 1 && is_wide_control(character)))
            out += ' ';
        else
            out += character;
    }
    return std::string(without_padding(out));
}

bool contains_in_any_case(std::string_view text, std::string_view part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [](char left, char right) { return lower(left) == right; }) != text.end();
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_alphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos)
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

bool is_resource_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; }) &&
           text != "." && text != "..";
}

std::string_view id_in_reference(std::string_view reference, std::string_view type) {
    if (!reference.starts_with(type) || reference.substr(type.size(), 1) != "/") return {};
    reference.remove_prefix(type.size() + 1);
    return is_resource_id(reference) ? reference : std::string_view{};
}

}  // namespace broker::deliver::satusehat
