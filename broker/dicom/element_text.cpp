#include "broker/dicom/element_text.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <limits>

namespace broker::dicom {
namespace {

bool is_one_of(std::string_view vr, std::initializer_list<std::string_view> vrs) {
    return std::find(vrs.begin(), vrs.end(), vr) != vrs.end();
}

std::string trimmed(std::string_view text, bool keep_leading) {
    constexpr std::string_view padding(" \0", 2);
    const auto last = text.find_last_not_of(padding);
    if (last == std::string_view::npos) return {};
    text = text.substr(0, last + 1);
    if (!keep_leading) text.remove_prefix(text.find_first_not_of(' '));
    return std::string(text);
}

/// Whoever shows or stores a value must not stumble over a NUL or an escape sequence in it.
std::string without_controls(const std::string& text, bool may_have_lines) {
    std::string out;
    for (const char c : text) {
        const bool is_line = c == '\r' || c == '\n' || c == '\t' || c == '\f';
        const bool is_control = (static_cast<unsigned char>(c) < 0x20 && !(may_have_lines && is_line)) || c == '\x7F';
        if (is_control)
            out += replacement_character;
        else
            out += c;
    }
    return out;
}

std::vector<std::string> text_values(const RawValue& value, CharacterSet& character_set) {
    const bool is_long_text = is_one_of(value.vr, {"LT", "ST", "UT"});
    const bool is_single = is_long_text || value.vr == "UR";
    const std::string all = character_set.to_utf8(value.bytes, value.vr == "PN");
    std::vector<std::string> values;
    for (std::size_t at = 0; at <= all.size();) {
        const std::size_t end = is_single ? std::string::npos : all.find('\\', at);
        const std::string_view one = std::string_view(all).substr(at, end == std::string::npos ? end : end - at);
        values.push_back(without_controls(trimmed(one, is_long_text || value.vr == "UC"), is_long_text));
        if (end == std::string::npos) break;
        at = end + 1;
    }
    const bool is_empty = std::all_of(values.begin(), values.end(), [](const std::string& v) { return v.empty(); });
    return is_empty ? std::vector<std::string>{} : values;
}

std::uint64_t integer(std::string_view bytes, bool is_big_endian) {
    std::uint64_t result = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        result = result << 8 | static_cast<unsigned char>(bytes[is_big_endian ? i : bytes.size() - 1 - i]);
    return result;
}

/// The fewest digits that are read back as the same number.
template <class Real>
std::string real(Real number) {
    char text[40];
    int size = 0;
    for (int digits = 6; digits <= std::numeric_limits<Real>::max_digits10; ++digits) {
        size = std::snprintf(text, sizeof text, "%.*g", digits, static_cast<double>(number));
        Real again{};
        std::from_chars(text, text + size, again);
        if (again == number) break;
    }
    return {text, static_cast<std::size_t>(size)};
}

std::string printed(std::string_view vr, std::string_view bytes, bool is_big_endian) {
    const std::uint64_t raw = integer(bytes, is_big_endian);
    if (vr == "SS") return std::to_string(static_cast<std::int16_t>(raw));
    if (vr == "SL") return std::to_string(static_cast<std::int32_t>(raw));
    if (vr == "SV") return std::to_string(static_cast<std::int64_t>(raw));
    if (vr == "FL") return real(std::bit_cast<float>(static_cast<std::uint32_t>(raw)));
    if (vr == "FD") return real(std::bit_cast<double>(raw));
    if (vr != "AT") return std::to_string(raw);
    char text[16];
    const auto group = static_cast<unsigned>(integer(bytes.substr(0, 2), is_big_endian));
    const auto element = static_cast<unsigned>(integer(bytes.substr(2, 2), is_big_endian));
    const int size = std::snprintf(text, sizeof text, "(%04X,%04X)", group, element);
    return {text, static_cast<std::size_t>(size)};
}

std::vector<std::string> number_values(const RawValue& value, std::size_t size) {
    std::vector<std::string> values;
    for (std::size_t at = 0; at + size <= value.bytes.size(); at += size)
        values.push_back(printed(value.vr, value.bytes.substr(at, size), value.is_big_endian));
    return values;
}

}  // namespace

std::vector<std::string> values_of(const RawValue& value, CharacterSet& character_set) {
    if (is_one_of(value.vr, {"US", "SS"})) return number_values(value, 2);
    if (is_one_of(value.vr, {"UL", "SL", "FL", "AT"})) return number_values(value, 4);
    if (is_one_of(value.vr, {"UV", "SV", "FD"})) return number_values(value, 8);
    if (is_one_of(value.vr, {"OB", "OD", "OF", "OL", "OV", "OW", "SQ"})) return {};
    return text_values(value, character_set);
}

}  // namespace broker::dicom
