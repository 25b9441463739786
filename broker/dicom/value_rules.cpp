#include "broker/dicom/value_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "broker/dicom/uid.h"

namespace broker::dicom {
namespace {

struct TextRule {
    std::string_view vr;
    std::size_t characters_max;  ///< 0: no limit of its own
    bool is_single;              ///< a backslash in it separates nothing
    bool may_have_lines;
    std::string_view form;  ///< what the value must look like, as a person says it; "": any characters
    bool (*fits)(std::string_view);
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool are_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_digit);
}

unsigned number_at(std::string_view text, std::size_t at, std::size_t size) {
    unsigned value = 0;
    for (const char c : text.substr(at, size)) value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
}

bool fits_ae(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }) &&
           text.find_first_not_of(' ') != std::string_view::npos;
}

bool fits_as(std::string_view text) {
    return text.size() == 4 && are_digits(text.substr(0, 3)) &&
           std::string_view("DWMY").find(text[3]) != std::string_view::npos;
}

bool fits_cs(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == ' ' || c == '_'; });
}

bool is_day(unsigned year, unsigned month, unsigned day) {
    return (std::chrono::year(static_cast<int>(year)) / static_cast<int>(month) / static_cast<int>(day)).ok();
}

bool fits_da(std::string_view text) {
    return text.size() == 8 && are_digits(text) &&
           is_day(number_at(text, 0, 4), number_at(text, 4, 2), number_at(text, 6, 2));
}

/// Up to six digits behind a point.
bool is_fraction(std::string_view text) {
    return text.size() >= 2 && text.size() <= 7 && text[0] == '.' && are_digits(text.substr(1));
}

/// HH, HHMM, HHMMSS or HHMMSS.F: a second may be a leap one.
bool fits_tm(std::string_view text) {
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    if (point != text.size() && (whole.size() != 6 || !is_fraction(text.substr(point)))) return false;
    if ((whole.size() != 2 && whole.size() != 4 && whole.size() != 6) || !are_digits(whole)) return false;
    return number_at(whole, 0, 2) < 24 && (whole.size() < 4 || number_at(whole, 2, 2) < 60) &&
           (whole.size() < 6 || number_at(whole, 4, 2) <= 60);
}

bool is_zone(std::string_view text) {
    return text.size() == 5 && (text[0] == '+' || text[0] == '-') && are_digits(text.substr(1)) &&
           number_at(text, 1, 2) <= 14 && number_at(text, 3, 2) < 60;
}

bool fits_dt(std::string_view text) {
    const std::size_t zone = std::min(text.find_first_of("+-"), text.size());
    if (zone != text.size() && !is_zone(text.substr(zone))) return false;
    const std::string_view local = text.substr(0, zone);
    const std::string_view date = local.substr(0, 8);
    if (!are_digits(date) || date.size() < 4 || date.size() % 2 != 0) return false;
    const unsigned month = date.size() >= 6 ? number_at(date, 4, 2) : 1,
                   day = date.size() == 8 ? number_at(date, 6, 2) : 1;
    return is_day(number_at(date, 0, 4), month, day) && (local.size() <= 8 || fits_tm(local.substr(8)));
}

bool fits_ds(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' '), last = text.find_last_not_of(' ');
    if (first == std::string_view::npos) return true;
    text = text.substr(first, last - first + 1);
    if (text.starts_with("+-")) return false;
    if (text.front() == '+') text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

bool fits_is(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' '), last = text.find_last_not_of(' ');
    if (first == std::string_view::npos) return true;
    text = text.substr(first, last - first + 1);
    if (text.starts_with("+-")) return false;
    if (text.front() == '+') text.remove_prefix(1);
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

std::size_t characters_in(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Three representations at most, each with its own 64 characters (PS3.5 6.2, PN).
bool fits_pn(std::string_view text) {
    constexpr std::size_t groups_max = 3, characters_max = 64;
    for (std::size_t groups = 1;; ++groups) {
        const std::size_t end = std::min(text.find('='), text.size());
        if (groups > groups_max || characters_in(text.substr(0, end)) > characters_max) return false;
        if (end == text.size()) return true;
        text.remove_prefix(end + 1);
    }
}

bool fits_ui(std::string_view text) {
    return is_well_formed_uid(text);
}

bool fits_ur(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

constexpr std::array text_rules{
    TextRule{"AE", 16, false, false, "printable ASCII characters, not only spaces", fits_ae},
    TextRule{"AS", 0, false, false, "three digits and D, W, M or Y", fits_as},
    TextRule{"CS", 16, false, false, "capital letters, digits, spaces and underscores", fits_cs},
    TextRule{"DA", 0, false, false, "a date as YYYYMMDD", fits_da},
    TextRule{"DS", 16, false, false, "a decimal number", fits_ds},
    TextRule{"DT", 26, false, false, "a date and time as YYYYMMDDHHMMSS.FFFFFF+ZZZZ", fits_dt},
    TextRule{"IS", 12, false, false, "a whole number of 32 bits", fits_is},
    TextRule{"LO", 64, false, false, "", nullptr},
    TextRule{"LT", 10'240, true, true, "", nullptr},
    TextRule{"PN", 0, false, false, "at most three forms of a name with at most 64 characters each", fits_pn},
    TextRule{"SH", 16, false, false, "", nullptr},
    TextRule{"ST", 1024, true, true, "", nullptr},
    TextRule{"TM", 0, false, false, "a time as HHMMSS.FFFFFF", fits_tm},
    TextRule{"UC", 0, false, false, "", nullptr},
    TextRule{"UI", 64, false, false, "a UID", fits_ui},
    TextRule{"UR", 0, true, false, "a URL", fits_ur},
    TextRule{"UT", 0, true, true, "", nullptr},
};

const TextRule* find_rule(std::string_view vr) {
    const auto* found =
        std::find_if(text_rules.begin(), text_rules.end(), [&](const TextRule& each) { return each.vr == vr; });
    return found == text_rules.end() ? nullptr : found;
}

template <class T>
bool is_number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if constexpr (std::is_floating_point_v<T>)
        if (!std::isfinite(value)) return false;
    return error == std::errc{} && end == text.data() + text.size();
}

struct NumberRule {
    std::string_view vr;
    std::string_view form;
    bool (*fits)(std::string_view);
};

constexpr std::array number_rules{
    NumberRule{"US", "a whole number from 0 to 65535", is_number<std::uint16_t>},
    NumberRule{"SS", "a whole number of 16 bits", is_number<std::int16_t>},
    NumberRule{"UL", "a whole number of 32 bits, not below 0", is_number<std::uint32_t>},
    NumberRule{"SL", "a whole number of 32 bits", is_number<std::int32_t>},
    NumberRule{"UV", "a whole number of 64 bits, not below 0", is_number<std::uint64_t>},
    NumberRule{"SV", "a whole number of 64 bits", is_number<std::int64_t>},
    NumberRule{"FL", "a number of single precision", is_number<float>},
    NumberRule{"FD", "a number", is_number<double>},
};

const NumberRule* find_number_rule(std::string_view vr) {
    const auto* found =
        std::find_if(number_rules.begin(), number_rules.end(), [&](const NumberRule& each) { return each.vr == vr; });
    return found == number_rules.end() ? nullptr : found;
}

bool has_control(std::string_view text, bool may_have_lines) {
    return std::any_of(text.begin(), text.end(), [&](char c) {
        const bool is_line = c == '\r' || c == '\n' || c == '\t' || c == '\f';
        return (static_cast<unsigned char>(c) < 0x20 || c == '\x7F') && !(may_have_lines && is_line);
    });
}

std::string no_form(std::string_view form, std::string_view vr) {
    return "something else than " + std::string(form) + ", which " + std::string(vr) + " wants";
}

}  // namespace

bool is_text_vr(std::string_view vr) {
    return find_rule(vr) != nullptr;
}

bool is_number_vr(std::string_view vr) {
    return find_number_rule(vr) != nullptr;
}

std::vector<std::string> split_values(std::string_view vr, std::string_view text) {
    if (text.empty()) return {};
    const TextRule* rule = find_rule(vr);
    if (rule != nullptr && rule->is_single) return {std::string(text)};
    std::vector<std::string> values;
    for (std::size_t at = 0;;) {
        const std::size_t end = std::min(text.find('\\', at), text.size());
        values.emplace_back(text.substr(at, end - at));
        if (end == text.size()) return values;
        at = end + 1;
    }
}

std::string fault_of(std::string_view vr, std::string_view value) {
    if (value.empty()) return "";
    if (const NumberRule* rule = find_number_rule(vr)) return rule->fits(value) ? "" : no_form(rule->form, vr);
    const TextRule* rule = find_rule(vr);
    if (rule == nullptr) return "text, which " + std::string(vr) + " has none of";
    if (has_control(value, rule->may_have_lines))
        return "a text with control characters, which " + std::string(vr) + " doesn't allow";
    if (!rule->is_single && value.find('\\') != std::string_view::npos)
        return "a value with a backslash, which separates values in " + std::string(vr);
    if (rule->characters_max > 0 && characters_in(value) > rule->characters_max)
        return "longer than " + std::to_string(rule->characters_max) + " characters, which " + std::string(vr) +
               " allows";
    if (rule->fits != nullptr && !rule->fits(value)) return no_form(rule->form, vr);
    return "";
}

}  // namespace broker::dicom
