/// UTF-8, character by character.
///
/// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace broker::dicom {

/// The length of the valid character that `bytes` begins with, or 0. `bytes` is not empty.
std::size_t utf8_length(std::string_view bytes);
bool is_utf8(std::string_view bytes);
bool is_ascii(std::string_view bytes);

/// The number of one valid character.
std::uint32_t code_point_of(std::string_view character);
/// Of the Basic Multilingual Plane.
void append_code_point(std::string& out, std::uint32_t point);

}  // namespace broker::dicom
