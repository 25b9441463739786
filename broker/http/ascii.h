/// Ascii: the characters of HTTP, without a locale.
///
/// Pure functions; any thread. Internal to this folder.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace broker::http {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// A token of RFC 9110 5.6.2: a method, or the name of a header field.
inline bool is_token(std::string_view text) {
    const auto fits = [](char c) {
        return is_digit(c) || is_letter(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    };
    return !text.empty() && std::ranges::all_of(text, fits);
}

/// What a field's value may hold (RFC 9110 5.5): no control characters but the tab.
inline bool is_field_value(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7F) || c == '\t';
    });
}

inline std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// As HTTP compares names.
inline bool same_name(std::string_view one, std::string_view other) {
    return one.size() == other.size() && lower_case(one) == lower_case(other);
}

inline std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace broker::http
