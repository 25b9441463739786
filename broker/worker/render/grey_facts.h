/// GreyFacts: what the attributes of an image say about how bright its stored values are meant to be: Modality LUT, VOI
/// LUT, Presentation LUT (PS3.3 C.11), for one frame.
///
/// Values and pure functions; any thread.
#pragma once

#include <optional>

#include "broker/worker/render/lut.h"
#include "broker/worker/render/pixel_facts.h"

namespace broker::worker {

/// The functional groups of one frame (PS3.3 C.7.6.16), where the image has some.
struct FrameGroups {
    std::optional<Attributes> shared, own;
    /// The item of a macro: the frame's own, else the shared one.
    std::optional<Attributes> macro(dicom::Tag sequence) const;
};

/// `frame` from 1.
FrameGroups frame_groups(const Attributes& attributes, std::uint32_t frame);

struct GreyFacts {
    struct Range {
        std::int64_t from = 0, to = 0;  ///< both included
        bool contains(std::int64_t value) const { return value >= from && value <= to; }
    };

    double slope = 1, intercept = 0;
    std::optional<Lut> modality;   ///< in place of slope and intercept
    std::optional<Window> window;  ///< the first of them
    std::optional<Lut> voi;        ///< the first one, of modality values
    bool is_inverse = false;       ///< the lowest value is white
    std::optional<Range> padding;  ///< stored values that are no image (PS3.3 C.7.5.1.1.2)

    /// What a stored value stands for: Hounsfield units, a dose.
    double modality_value(std::int64_t stored) const {
        return modality ? double{1} * modality->at(stored) : static_cast<double>(stored) * slope + intercept;
    }
};

GreyFacts grey_facts(const Attributes& attributes, const FrameGroups& groups, const PixelFacts& pixels);

}  // namespace broker::worker
