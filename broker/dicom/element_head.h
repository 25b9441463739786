/// ElementHead: the grammar of an element's first bytes (PS3.5 chapter 7), for all who walk a data set.
///
/// Values and pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace broker::dicom {

inline constexpr std::uint32_t undefined_length = 0xFFFFFFFF;
inline constexpr std::size_t short_head_bytes = 8, long_head_bytes = 12;
/// PS3.5 table 7.5-3.
inline constexpr std::uint16_t item_group = 0xFFFE;
inline constexpr std::uint16_t item = 0xE000, item_delimiter = 0xE00D, sequence_delimiter = 0xE0DD;

constexpr bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

/// Each VR by its two letters: this is asked of every element.
class VrSet {
public:
    constexpr explicit VrSet(std::string_view vrs) {
        for (std::size_t at = 0; at < vrs.size(); at += 3) has_[index(vrs.substr(at, 2))] = true;
    }
    constexpr bool contains(std::string_view vr) const {
        return vr.size() == 2 && is_upper(vr[0]) && is_upper(vr[1]) && has_[index(vr)];
    }

private:
    static constexpr std::size_t index(std::string_view vr) {
        return static_cast<std::size_t>(vr[0] - 'A') * 26 + static_cast<std::size_t>(vr[1] - 'A');
    }
    std::array<bool, 26 * 26> has_{};
};

/// PS3.5 table 7.1-2 and 7.1-1: those with a length of two bytes, and of four.
inline constexpr VrSet short_vrs("AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US");
inline constexpr VrSet long_vrs("OB OD OF OL OV OW SQ SV UC UN UR UT UV");

/// How the elements of a data set are laid out.
struct Layout {
    bool is_implicit = false, is_big_endian = false;
};

/// As the first element of a data set shows it. It is believed more than the negotiated transfer syntax: that may be
/// private, and some senders negotiate one thing and send another.
constexpr Layout layout_of(std::span<const std::byte, short_head_bytes> first) {
    const auto byte = [&](std::size_t at) { return std::to_integer<std::uint32_t>(first[at]); };
    const std::uint32_t as_big_endian = byte(0) << 8 | byte(1), as_little_endian = byte(1) << 8 | byte(0);
    const std::array vr{static_cast<char>(first[4]), static_cast<char>(first[5])};
    const std::string_view letters(vr.data(), vr.size());
    // The first group of a data set is a small number, all but always 0008; what is large either way is no sign.
    return {!short_vrs.contains(letters) && !long_vrs.contains(letters),
            as_big_endian <= 0x00FF && as_big_endian < as_little_endian};
}

}  // namespace broker::dicom
