#include "broker/dicom/uid.h"

#include <algorithm>

namespace broker::dicom {

bool is_keyable_uid(std::string_view text) {
    constexpr std::size_t uid_chars_max = 64;  // PS3.5 9.1
    if (text.empty() || text.size() > uid_chars_max) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

bool is_well_formed_uid(std::string_view text) {
    if (!is_keyable_uid(text)) return false;
    while (true) {
        const auto dot = text.find('.');
        const auto component = text.substr(0, dot);
        if (component.empty() || (component.size() > 1 && component.front() == '0')) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

}  // namespace broker::dicom
