/// The values of one element as text: split, without padding, in UTF-8.
///
/// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/dicom/character_set.h"

namespace broker::dicom {

struct RawValue {
    std::string_view vr;  ///< of PS3.5; any other is read as LO
    std::string_view bytes;
    bool is_big_endian = false;
};

/// Text is split at backslashes (not LT, ST, UT and UR, which have one value), padding is removed (PS3.5 6.2), control
/// characters inside become U+FFFD. Numbers are printed in decimal, fractions with as many digits as tell them
/// apart, attribute tags as "(gggg,eeee)". Nothing for an
/// empty element, and for VRs that are no text and no number.
std::vector<std::string> values_of(const RawValue& value, CharacterSet& character_set);

}  // namespace broker::dicom
