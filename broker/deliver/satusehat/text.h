/// Text: what replies and files write, looked at and cut to what may be kept.
///
/// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace broker::deliver::satusehat {

/// ASCII's control characters; a space is none.
constexpr bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Without the spaces and NULs at both ends.
std::string_view without_padding(std::string_view text);

/// Valid UTF-8 on one line: what is no character, or controls something, is a space. At most `characters_max`
/// characters, and none at either end that pads.
std::string printable(std::string_view text, std::size_t characters_max);

/// Whether `part`, which is in small letters, stands in `text`, in whatever case of ASCII.
bool contains_in_any_case(std::string_view text, std::string_view part);

/// All but letters, digits and `-._~` as %XX (RFC 3986 2.1).
std::string percent_encoded(std::string_view text);

/// Letters, digits, '-' and '.', 1 to 64 of them: what may be put into a path (FHIR R4, data type id).
bool is_resource_id(std::string_view text);

/// The id behind `Type/`, or "" where the reference is no such one.
std::string_view id_in_reference(std::string_view reference, std::string_view type);

}  // namespace broker::deliver::satusehat
