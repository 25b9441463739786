#include "broker/worker/render/grey_facts.h"

#include <algorithm>

namespace broker::worker {
namespace {

namespace tags {
constexpr dicom::Tag sop_class_uid{0x0008, 0x0016}, pixel_padding_value{0x0028, 0x0120},
    pixel_padding_range_limit{0x0028, 0x0121}, window_centre{0x0028, 0x1050}, window_width{0x0028, 0x1051},
    rescale_intercept{0x0028, 0x1052}, rescale_slope{0x0028, 0x1053}, voi_lut_function{0x0028, 0x1056},
    modality_lut_sequence{0x0028, 0x3000}, voi_lut_sequence{0x0028, 0x3010}, frame_voi_lut_sequence{0x0028, 0x9132},
    pixel_value_transformation_sequence{0x0028, 0x9145}, presentation_lut_shape{0x2050, 0x0020},
    shared_functional_groups{0x5200, 0x9229}, per_frame_functional_groups{0x5200, 0x9230};
}  // namespace tags

/// Of X-ray angiograms and fluoroscopies the Modality LUT leads back to the intensity at the detector; what is shown
/// are the stored values (PS3.3 C.8.7.1.1.2 and C.11.1.1.2).
bool is_shown_as_stored(const Attributes& attributes) {
    const std::string sop_class = attributes.text(tags::sop_class_uid);
    return sop_class == "1.2.840.10008.5.1.4.1.1.12.1" || sop_class == "1.2.840.10008.5.1.4.1.1.12.2";
}

void read_modality(const Attributes& place, bool is_signed, GreyFacts& facts) {
    if (const auto item = place.item(tags::modality_lut_sequence, 0))
        facts.modality = lut_in(*item, lut_of_item, is_signed);
    const std::optional<double> slope = place.number(tags::rescale_slope);
    // With a slope of nothing all would be one grey; it is not filled in.
    if (slope && *slope != 0) {
        facts.slope = *slope;
        facts.intercept = place.number(tags::rescale_intercept).value_or(0);
    }
}

void read_window(const Attributes& place, GreyFacts& facts) {
    const auto centres = place.numbers_or_gaps(tags::window_centre), widths = place.numbers_or_gaps(tags::window_width);
    std::size_t i = 0;
    const auto is_window = [&] { return centres[i] && widths[i] && *widths[i] > 0; };
    while (i < centres.size() && i < widths.size() && !is_window()) ++i;
    if (i >= centres.size() || i >= widths.size()) return;
    const std::optional<double>&centre = centres[i], &width = widths[i];
    const std::string function = place.text(tags::voi_lut_function);
    facts.window = {*centre, *width,
                    function == "SIGMOID"                      ? WindowFunction::sigmoid
                    : function == "LINEAR_EXACT" || *width < 1 ? WindowFunction::linear_exact
                                                               : WindowFunction::linear};
}

/// A stored value as the VR of Pixel Padding Value, US or SS, has it.
std::int64_t signed_as(std::uint32_t word, const PixelFacts& pixels) {
    return pixels.is_signed ? std::int64_t{static_cast<std::int16_t>(word)} : std::int64_t{word};
}

std::optional<GreyFacts::Range> padding_of(const Attributes& attributes, const PixelFacts& pixels) {
    const std::optional<std::uint32_t> value = attributes.word(tags::pixel_padding_value);
    if (!value) return std::nullopt;
    const std::int64_t one = signed_as(*value, pixels);
    const std::int64_t other = signed_as(attributes.word(tags::pixel_padding_range_limit).value_or(*value), pixels);
    return GreyFacts::Range{std::min(one, other), std::max(one, other)};
}

}  // namespace

std::optional<Attributes> FrameGroups::macro(dicom::Tag sequence) const {
    for (const std::optional<Attributes>* each : {&own, &shared})
        if (*each)
            if (std::optional<Attributes> item = (*each)->item(sequence, 0)) return item;
    return std::nullopt;
}

FrameGroups frame_groups(const Attributes& attributes, std::uint32_t frame) {
    return {attributes.item(tags::shared_functional_groups, 0),
            attributes.item(tags::per_frame_functional_groups, frame - 1)};
}

GreyFacts grey_facts(const Attributes& attributes, const FrameGroups& groups, const PixelFacts& pixels) {
    GreyFacts facts;
    if (!is_shown_as_stored(attributes)) {
        const auto transformation = groups.macro(tags::pixel_value_transformation_sequence);
        read_modality(transformation ? *transformation : attributes, pixels.is_signed, facts);
    }
    const auto voi = groups.macro(tags::frame_voi_lut_sequence);
    const Attributes& place = voi ? *voi : attributes;
    read_window(place, facts);
    // A LUT's inputs are modality values, which are signed where the stored ones or the intercept are.
    const bool is_signed = !facts.modality && (pixels.is_signed || facts.intercept < 0);
    if (const auto item = place.item(tags::voi_lut_sequence, 0)) facts.voi = lut_in(*item, lut_of_item, is_signed);
    const std::string shape = attributes.text(tags::presentation_lut_shape);
    // The two may only say the same (PS3.3 C.7.6.3.1.2, C.11.6). Where they don't, the shape is the later word.
    facts.is_inverse = shape.empty() ? pixels.photometric == "MONOCHROME1" : shape == "INVERSE";
    facts.padding = padding_of(attributes, pixels);
    return facts;
}

}  // namespace broker::worker
