#include "broker/dicom/code_extensions.h"

#include <cctype>

namespace broker::dicom {

const Escape* find_escape(std::string_view behind_esc) {
    for (const Escape& each : escapes)
        if (behind_esc.starts_with(each.sequence)) return &each;
    return nullptr;
}

std::string tidied(std::string_view term) {
    std::string result;
    for (const char c : term)
        result += c == '-' || c == '_' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    while (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
}

std::string_view registration_number(std::string_view tidy) {
    const auto at = tidy.rfind("IR ");
    return at == std::string_view::npos ? std::string_view{} : tidy.substr(at + 3);
}

Encoding encoding_of(std::span<const std::string> terms) {
    const std::string first = terms.empty() ? std::string{} : tidied(terms.front());
    if (first == "ISO IR 192" || first == "UTF 8" || first == "UTF8") return Encoding::utf_8;
    if (first == "GB18030" || first == "GBK" || first == "GB2312") return Encoding::gb_18030;  // contains the others
    if (terms.size() > 1 || first.starts_with("ISO 2022")) return Encoding::iso_2022;
    const std::string_view number = registration_number(first);
    return number.empty() || number == "6" ? Encoding::unknown : Encoding::iso_2022;
}

Code first_g1_of(std::span<const std::string> terms) {
    const std::string first = terms.empty() ? std::string{} : tidied(terms.front());
    const std::string_view number = registration_number(first);
    for (const Registration& each : registrations)
        if (each.number == number) return find_escape(each.escape)->code;
    return latin_1;
}

}  // namespace broker::dicom
