/// Ascii: letters without a locale, as HTTP compares them.
#pragma once

#include <string>
#include <string_view>

namespace web {

inline std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

}  // namespace web
