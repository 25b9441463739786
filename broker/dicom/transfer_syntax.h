/// Transfer syntaxes as far as a broker that never re-encodes must know them: how their data sets are laid out.
///
/// Pure functions; any thread.
#pragma once

#include <string_view>

namespace broker::dicom {

inline constexpr std::string_view implicit_vr_little_endian = "1.2.840.10008.1.2";
inline constexpr std::string_view explicit_vr_little_endian = "1.2.840.10008.1.2.1";
inline constexpr std::string_view deflated_explicit_vr_little_endian = "1.2.840.10008.1.2.1.99";
inline constexpr std::string_view explicit_vr_big_endian = "1.2.840.10008.1.2.2";

/// Whether the whole data set is one deflated stream (PS3.5 A.5, A.7 and A.4.5 JPIP, A.4.11 HTJ2K JPIP).
bool is_deflated(std::string_view uid);

/// Of several transfer syntaxes that one context offers, the lowest rank is taken, and of equals the first: explicit
/// before implicit, which loses the VR of private elements, and big endian, which is retired, last.
int rank(std::string_view uid);

}  // namespace broker::dicom
