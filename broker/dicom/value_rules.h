/// Value rules: which texts a VR allows (PS3.5 table 6.2-1).
///
/// Pure functions; any thread. Text is UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace broker::dicom {

/// Whether its values are text.
bool is_text_vr(std::string_view vr);
/// Whether its values are binary numbers, written here in decimal (not AT).
bool is_number_vr(std::string_view vr);

/// The values that the text stands for: parts between backslashes, or, where the VR has one value only, the text. None
/// for "".
std::vector<std::string> split_values(std::string_view vr, std::string_view text);

/// Why the VR does not allow the value, to go on behind "would be": "longer than 64 characters, which LO allows"; ""
/// where it does. An empty value is always allowed.
std::string fault_of(std::string_view vr, std::string_view value);

}  // namespace broker::dicom
