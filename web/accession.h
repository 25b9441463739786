/// Accession: an Accession Number that a person typed.
///
/// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "web/parsed.h"

namespace web {

inline constexpr std::size_t accession_characters_max = 16;

/// As VR SH allows it (PS3.5 6.2): without the spaces around it 1 to 16 characters, none of them a backslash or a
/// control character. Any other is a fault of `accession_number`. `text` is UTF-8.
Parsed<std::string> parse_accession(std::string_view text);

}  // namespace web
