/// What may be taken for a UID.
///
/// Pure functions; any thread.
#pragma once

#include <string_view>

namespace broker::dicom {

/// Digits and dots, 1 to 64 of them: harmless in rows, logs and headers, and enough to key an instance by.
bool is_keyable_uid(std::string_view text);

/// Keyable and of the form of PS3.5 9.1: components without leading zeros, none empty.
bool is_well_formed_uid(std::string_view text);

}  // namespace broker::dicom
