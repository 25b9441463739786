/// What may be taken for a UID.
///
/// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace broker::dicom {

/// Digits and dots, 1 to 64 of them: harmless in rows, logs and headers, and enough to key an instance by.
bool is_keyable_uid(std::string_view text);

/// Keyable and of the form of PS3.5 9.1: components without leading zeros, none empty.
bool is_well_formed_uid(std::string_view text);

/// A UID that nobody has: 2.25. and a random 128-bit number (PS3.5 B.2).
std::string new_uid();

}  // namespace broker::dicom
