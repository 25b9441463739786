#include "broker/worker/render/pixel_facts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace broker::worker {
namespace {

namespace tags {
constexpr dicom::Tag samples_per_pixel{0x0028, 0x0002}, photometric_interpretation{0x0028, 0x0004},
    planar_configuration{0x0028, 0x0006}, number_of_frames{0x0028, 0x0008}, rows{0x0028, 0x0010},
    columns{0x0028, 0x0011}, pixel_spacing{0x0028, 0x0030}, pixel_aspect_ratio{0x0028, 0x0034},
    bits_allocated{0x0028, 0x0100}, bits_stored{0x0028, 0x0101}, high_bit{0x0028, 0x0102},
    pixel_representation{0x0028, 0x0103}, representative_frame_number{0x0028, 0x6010},
    imager_pixel_spacing{0x0018, 0x1164};
}  // namespace tags

[[noreturn]] void fail(NoPicture why) {
    throw Unrenderable{why};
}

std::uint32_t needed(const Attributes& attributes, dicom::Tag tag) {
    const std::optional<std::uint32_t> value = attributes.word(tag);
    if (!value) fail(NoPicture::incomplete);
    return *value;
}

std::uint32_t frames_of(const Attributes& attributes) {
    if (attributes.text(tags::number_of_frames).empty()) return 1;
    const std::optional<double> count = attributes.number(tags::number_of_frames);
    // Some makers count the frames beyond the first.
    if (count && *count == 0) return 1;
    if (!count || *count < 1 || *count > std::numeric_limits<std::int32_t>::max() || *count != std::floor(*count))
        fail(NoPicture::impossible);
    return static_cast<std::uint32_t>(*count);
}

bool is_known_colour(const std::string& photometric) {
    return photometric == "RGB" || photometric == "PALETTE COLOR" || photometric.starts_with("YBR_");
}

/// Every kind of pixels that we know how to show.
void check_kind(const PixelFacts& facts) {
    const bool is_single = facts.is_grey() || facts.photometric == "PALETTE COLOR";
    if (!is_single && !is_known_colour(facts.photometric)) fail(NoPicture::unsupported);
    if (facts.samples != (is_single ? 1U : 3U)) fail(NoPicture::impossible);
    constexpr std::array<unsigned, 6> sizes{1, 8, 12, 16, 24, 32};
    if (std::find(sizes.begin(), sizes.end(), facts.allocated) == sizes.end())
        fail(facts.allocated > 64 ? NoPicture::impossible : NoPicture::unsupported);
    if (facts.allocated % 8 != 0 && facts.samples > 1) fail(NoPicture::unsupported);
}

double ratio(double upper, double lower) {
    const double value = upper / lower;
    constexpr double widest = 20;
    return std::isfinite(value) && value >= 1 / widest && value <= widest ? value : 1;
}

}  // namespace

PixelFacts pixel_facts(const Attributes& attributes, std::uint64_t pixels_max) {
    PixelFacts facts;
    facts.rows = needed(attributes, tags::rows);
    facts.columns = needed(attributes, tags::columns);
    if (facts.rows == 0 || facts.columns == 0) fail(NoPicture::impossible);
    if (facts.pixels() > pixels_max) fail(NoPicture::too_many_pixels);
    facts.samples = attributes.word(tags::samples_per_pixel).value_or(1);
    facts.photometric = attributes.text(tags::photometric_interpretation);
    // Of one sample nothing else can be meant; of three, it could be anything.
    if (facts.photometric.empty()) facts.photometric = facts.samples == 1 ? "MONOCHROME2" : "";
    if (facts.photometric.empty()) fail(NoPicture::incomplete);
    facts.allocated = needed(attributes, tags::bits_allocated);
    facts.stored = attributes.word(tags::bits_stored).value_or(facts.allocated);
    if (facts.stored == 0 || facts.stored > facts.allocated) fail(NoPicture::impossible);
    facts.high_bit = attributes.word(tags::high_bit).value_or(facts.stored - 1);
    if (facts.high_bit >= facts.allocated) fail(NoPicture::impossible);
    // It cannot be lower, and nobody means that it is: the field was not filled in.
    if (facts.high_bit + 1 < facts.stored) facts.high_bit = facts.stored - 1;
    facts.is_signed = attributes.word(tags::pixel_representation).value_or(0) == 1;
    facts.is_planar = facts.samples > 1 && attributes.word(tags::planar_configuration).value_or(0) == 1;
    facts.frame_count = frames_of(attributes);
    check_kind(facts);
    return facts;
}

std::uint32_t key_frame(const Attributes& attributes, std::uint32_t frame_count) {
    const std::uint32_t named = attributes.word(tags::representative_frame_number).value_or(0);
    return named >= 1 && named <= frame_count ? named : (frame_count + 1) / 2;
}

double pixel_height(const Attributes& attributes, const Attributes* measures) {
    const auto of = [](const Attributes& place, dicom::Tag tag) {
        const std::vector<double> pair = place.numbers(tag);
        return pair.size() < 2 || pair[1] == 0 ? 1.0 : ratio(pair[0], pair[1]);
    };
    if (measures != nullptr && measures->find(tags::pixel_spacing) != nullptr)
        return of(*measures, tags::pixel_spacing);
    for (const dicom::Tag tag : {tags::pixel_aspect_ratio, tags::pixel_spacing, tags::imager_pixel_spacing})
        if (attributes.numbers(tag).size() >= 2) return of(attributes, tag);
    return 1;
}

}  // namespace broker::worker
