/// Dictionary: keyword and tag of PS3.6's data elements, from the data dictionary that DCMTK has loaded.
///
/// Pure look-ups after the first call has copied the dictionary; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/dicom/tag.h"

namespace broker::dicom {

struct DictionaryEntry {
    Tag tag;
    std::string keyword;
    std::string vr;             ///< two letters, or DCMTK's name where the standard allows several
    bool is_repeating = false;  ///< one of the keyword's groups or elements, the first, stands for them all
};

/// Whether a dictionary was found; without one no keyword is known.
bool dictionary_is_loaded();

/// The entry of a keyword, case-sensitive, retired ones included; of repeating groups the first (OverlayRows is
/// (6000,0010)). Null where the standard has no such keyword. The entry lives as long as the program.
const DictionaryEntry* find_keyword(std::string_view keyword);

/// The entry of a tag, or null for private and unknown ones.
const DictionaryEntry* find_tag(Tag tag);

/// Whether elements of this VR are bytes to us, neither text nor numbers nor sequences.
bool is_binary(std::string_view vr);
/// The same where the standard allows such a VR beside others.
bool may_be_bytes(const DictionaryEntry& entry);

/// The tag written as "(gggg,eeee)" in hexadecimal digits, or nothing.
std::optional<Tag> parse_tag(std::string_view text);

/// "(gggg,eeee)" with upper-case digits.
std::string print_tag(Tag tag);

/// The keyword that somebody who typed `word` probably meant.
std::optional<std::string> nearest_keyword(std::string_view word);

}  // namespace broker::dicom
