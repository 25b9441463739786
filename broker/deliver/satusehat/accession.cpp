#include "broker/deliver/satusehat/accession.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/deliver/satusehat/text.h"
#include "broker/dicom/character_set.h"
#include "broker/dicom/utf8.h"

namespace broker::deliver::satusehat {

std::optional<Accession> Accession::parse(std::string_view text) {
    text = without_padding(text);
    if (text.empty() || text.size() > bytes_max || !dicom::is_utf8(text)) return std::nullopt;
    const bool has_odd = std::any_of(text.begin(), text.end(), [](char c) { return c == '\\' || is_control(c); });
    if (has_odd || text.find(dicom::replacement_character) != std::string_view::npos) return std::nullopt;
    return Accession(text);
}

std::string acsn_system(std::string_view organization) {
    return fmt::format("http://sys-ids.kemkes.go.id/acsn/{}", organization);
}

std::string search_token(std::string_view organization, const Accession& accession) {
    // What means something in a search is escaped (FHIR R4, Search, 3.2.1.5.7): a comma would make two numbers of one.
    std::string escaped;
    for (const char c : accession.value()) {
        if (c == ',' || c == '|' || c == '$') escaped += '\\';
        escaped += c;
    }
    return percent_encoded(acsn_system(organization)) + "%7C" + percent_encoded(escaped);
}

}  // namespace broker::deliver::satusehat
