#include "broker/dicom/uid.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>

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

std::string new_uid() {
    std::random_device random;
    std::array<std::uint32_t, 4> number{random(), random(), random(), random()};
    // The number in decimal: divided by ten, digit by digit.
    std::string digits;
    while (std::any_of(number.begin(), number.end(), [](std::uint32_t part) { return part != 0; })) {
        std::uint64_t rest = 0;
        for (std::uint32_t& part : number) {
            const std::uint64_t whole = (rest << 32) | part;
            part = static_cast<std::uint32_t>(whole / 10);
            rest = whole % 10;
        }
        digits.insert(digits.begin(), static_cast<char>('0' + rest));
    }
    return "2.25." + (digits.empty() ? "0" : digits);
}

}  // namespace broker::dicom
