/// Codes: the code systems and codes that orders, studies and answers are written with.
///
/// Constants and pure functions; any thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace broker::deliver::satusehat {

namespace codes {
inline constexpr std::string_view dcm = "http://dicom.nema.org/resources/ontology/DCM";
inline constexpr std::string_view identifier_type = "http://terminology.hl7.org/CodeSystem/v2-0203";
inline constexpr std::string_view dicom_uid = "urn:dicom:uid";
inline constexpr std::string_view uri = "urn:ietf:rfc:3986";
inline constexpr std::string_view oid = "urn:oid:";  ///< before a UID where a URI is wanted
}  // namespace codes

/// A UID as it stands in a data set, from either way of writing it.
inline std::string_view bare_uid(std::string_view uid) {
    if (uid.starts_with(codes::oid)) uid.remove_prefix(codes::oid.size());
    return uid;
}

/// What a CS can hold (PS3.5 6.2): fit for words that people read, whoever wrote it.
inline bool is_code_string(std::string_view text) {
    return !text.empty() && text.size() <= 16 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ' ';
    });
}

inline std::string in_capitals(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; });
    return out;
}

}  // namespace broker::deliver::satusehat
