/// Lut: a look-up table of a data set: for stored values, for brightness, for one colour of a palette.
///
/// Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "broker/worker/render/attributes.h"

namespace broker::worker {

struct Lut {
    std::int64_t first = 0;  ///< the input of the first entry; what is below gets that entry, too, above the last one
    unsigned bits = 16;      ///< of an entry
    std::vector<std::uint16_t> entries;  ///< at least one

    std::uint16_t at(std::int64_t input) const;
    /// From 0 to 1.
    double brightness(std::int64_t input) const { return double{1} * at(input) / ((1U << bits) - 1); }
};

/// Where a table is, and whether the attribute may come in segments (PS3.3 C.7.9.2).
struct LutTags {
    dicom::Tag descriptor, data, segmented_data = {};
};

/// LUT Descriptor and LUT Data of an item of a Modality LUT or VOI LUT Sequence (PS3.3 C.11.1, C.11.2).
inline constexpr LutTags lut_of_item{{0x0028, 0x3002}, {0x0028, 0x3006}};

/// `is_signed`: the inputs are, and so is the first one's number. Nothing where there is none; Unrenderable,
/// impossible, where it is none.
std::optional<Lut> lut_in(const Attributes& place, const LutTags& tags, bool is_signed);

}  // namespace broker::worker
