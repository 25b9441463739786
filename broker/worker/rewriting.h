/// Rewriting: what a helper process is told to change in a data set, and how that is written into its pipe.
///
/// Values and pure functions; any thread. Text is in the data set's character set already: the helper only pads it and
/// puts it in its place.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/dicom/tag_path.h"

namespace broker::worker {

struct Rewriting {
    struct Element {
        dicom::TagStep tag;
        bool is_removed = false;
        std::string vr;     ///< where the data set says none of its own
        std::string value;  ///< without padding; numbers in decimal, between backslashes
        bool operator==(const Element&) const = default;
    };

    std::vector<Element> elements;   ///< in ascending order of their tags
    std::vector<dicom::Tag> absent = {};  ///< must have no value
    std::vector<dicom::Tag> single = {};  ///< must not come twice
    std::optional<std::string> is_in =
        {};                      ///< the Specific Character Set that the text is in, as the data set has to say
    bool is_ascii_only = false;  ///< all other text must be ASCII
    bool operator==(const Rewriting&) const = default;
};

inline constexpr std::size_t rewriting_bytes_max = 64U << 20;

std::string pack(const Rewriting& rewriting);
/// Nothing where that is not what `pack` made.
std::optional<Rewriting> unpack(std::string_view bytes);

/// The value of an element as PS3.5 wants it, padded to an even length; numbers in binary.
std::string value_bytes(std::string_view vr, std::string_view value, bool is_big_endian);

}  // namespace broker::worker
