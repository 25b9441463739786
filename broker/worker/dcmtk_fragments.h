/// The fragments and offset table that DCMTK has read of one encapsulated pixel data element.
///
/// One thread at a time; what is returned points into the pixel data.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "broker/worker/fragments.h"

namespace broker::worker {

struct Encapsulated {
    std::vector<std::uint32_t> offsets;  ///< of the Basic Offset Table
    std::vector<Fragment> fragments;
    std::uint64_t bytes() const {
        std::uint64_t sum = 0;
        for (const Fragment& each : fragments) sum += each.size();
        return sum;
    }
};

/// Nothing where there is no fragment, or one cannot be had.
std::optional<Encapsulated> encapsulated_in(DcmPixelSequence* sequence);

/// One pixel data element, with the item that describes it.
struct PixelElement {
    DcmPixelData* pixels = nullptr;
    DcmItem* item = nullptr;
};

/// Every pixel data element, those of icons in sequences included.
std::vector<PixelElement> pixel_elements(DcmDataset& data_set);

/// The pixel data as it was read in an encapsulated transfer syntax, or null.
DcmPixelSequence* encapsulation_of(const PixelElement& element);

}  // namespace broker::worker
