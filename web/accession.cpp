#include "web/accession.h"

#include <algorithm>

namespace web {
namespace {

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// Those below the space, DEL, and those that ISO 6429 adds (U+0080 to U+009F).
bool has_control(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool is_second_set =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (byte < 0x20 || byte == 0x7F || is_second_set) return true;
    }
    return false;
}

}  // namespace

Parsed<std::string> parse_accession(std::string_view text) {
    const auto fault = [](std::string why) { return Fault{"accession_number", std::move(why)}; };
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos)
        return fault("is empty; give the number of the order, as the information system has it");
    text = text.substr(first, text.find_last_not_of(' ') - first + 1);
    if (has_control(text)) return fault("has control characters, which an Accession Number cannot have");
    if (text.find('\\') != std::string_view::npos)
        return fault("has a backslash, which separates values; an Accession Number is one");
    if (text.find("\xEF\xBF\xBD") != std::string_view::npos) return fault("has a character that could not be read");
    const auto characters = std::ranges::count_if(text, begins_character);
    if (static_cast<std::size_t>(characters) > accession_characters_max)
        return fault("has " + std::to_string(characters) + " characters; an Accession Number has at most " +
                     std::to_string(accession_characters_max) + " (VR SH)");
    return std::string(text);
}

}  // namespace web
