/// Padding: what stands around a text and says nothing (PS3.5 6.2).
///
/// A pure function; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace broker::dicom {

/// Without spaces and NULs at either end.
constexpr std::string_view trimmed(std::string_view text) {
    constexpr std::string_view padding(" \0", 2);
    const std::size_t first = text.find_first_not_of(padding);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(padding) + 1 - first);
}

}  // namespace broker::dicom
