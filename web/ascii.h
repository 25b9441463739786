/// Ascii: letters and spaces without a locale.
#pragma once

#include <string>
#include <string_view>

namespace web {

/// As HTTP compares names.
inline std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// Nothing in it that a person could read.
inline bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\n\v\f\r") == std::string_view::npos;
}

}  // namespace web
