#include "broker/worker/render/paint.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "broker/dicom/part10.h"
#include "broker/dicom/transfer_syntax.h"
#include "broker/worker/render/colour.h"
#include "broker/worker/render/dcmtk_frame.h"
#include "broker/worker/render/grey.h"
#include "broker/worker/render/overlay.h"
#include "broker/worker/render/stored_frame.h"
#include "broker/worker/syntax.h"

namespace broker::worker {
namespace {

constexpr dicom::Tag pixel_data{0x7FE0, 0x0010}, float_pixel_data{0x7FE0, 0x0008},
    double_float_pixel_data{0x7FE0, 0x0009}, pixel_data_provider_url{0x0028, 0x7FE0},
    pixel_measures_sequence{0x0028, 0x9110};

/// The data set of a blob, and what holds its bytes.
struct Opened {
    std::string transfer_syntax_uid;
    std::unique_ptr<Bytes> inflated;  ///< null: the blob's own bytes
    std::uint64_t begin = 0;
};

Opened open(Bytes& blob) {
    constexpr std::uint64_t header_bytes_max = 512;
    const std::vector<std::byte> first = read_some(blob, 0, std::min(header_bytes_max, blob.size()));
    const auto identity = dicom::file_identity(first);
    const auto offset = dicom::data_set_offset(first);
    if (!identity || !offset) throw Unrenderable{NoPicture::unreadable};
    if (!dicom::is_deflated(identity->transfer_syntax_uid)) return {identity->transfer_syntax_uid, nullptr, *offset};
    return {identity->transfer_syntax_uid, std::make_unique<MemoryBytes>(inflated(blob, *offset)), 0};
}

void check_pixels(const Attributes& attributes) {
    if (attributes.find(float_pixel_data) != nullptr || attributes.find(double_float_pixel_data) != nullptr)
        throw Unrenderable{NoPicture::unsupported};
    if (attributes.find(pixel_data_provider_url) != nullptr) throw Unrenderable{NoPicture::unknown_codec};
    const Element* pixels = attributes.find(pixel_data);
    if (pixels == nullptr || pixels->length == 0) throw Unrenderable{NoPicture::no_pixels};
}

/// PS3.5 A.4.13: each frame as it would lie there uncompressed, deflated. No coding of syntax.h: nobody sends it.
constexpr std::string_view deflated_image_frame_compression = "1.2.840.10008.1.2.8.1";

std::vector<std::byte> inflated_frame(const Attributes& attributes, const PixelFacts& facts, std::uint32_t frame) {
    // Each frame is one fragment, as it is of run lengths.
    MemoryBytes deflated(encapsulated_frame(attributes, facts, Coding::rle, frame));
    std::vector<std::byte> bytes = inflated(deflated, 0);
    if (bytes.size() < (facts.frame_bits() + 7) / 8) throw Unrenderable{NoPicture::truncated};
    return bytes;
}

/// The frame's samples, decoded where they were compressed.
DecodedFrame samples_of(const Attributes& attributes, const PixelFacts& facts, const std::string& transfer_syntax_uid,
                        std::uint32_t frame) {
    const bool is_encapsulated = attributes.find(pixel_data)->length == dicom::undefined_length;
    if (transfer_syntax_uid == deflated_image_frame_compression && is_encapsulated)
        return {facts, inflated_frame(attributes, facts, frame)};
    const Syntax* syntax = find_syntax(transfer_syntax_uid);
    if (syntax == nullptr) throw Unrenderable{NoPicture::unknown_codec};
    if (is_encapsulated != (syntax->coding != Coding::native)) throw Unrenderable{NoPicture::misplaced};
    if (!is_encapsulated) return {facts, native_frame(attributes, facts, frame)};
    return decode_frame(facts, *syntax, encapsulated_frame(attributes, facts, syntax->coding, frame));
}

struct Painted {
    Raster raster;
    std::optional<Window> window;
};

Painted paint_samples(const Attributes& attributes, const FrameGroups& groups, const DecodedFrame& frame,
                      const std::optional<Window>& wanted) {
    const PixelFacts& facts = frame.facts;
    if (facts.photometric == "PALETTE COLOR")
        return {paint_palette(frame.bytes, facts, palette_of(attributes, facts.is_signed)), {}};
    if (!facts.is_grey()) return {paint_colour(frame.bytes, facts), {}};
    GreyPicture picture = paint_grey(frame.bytes, facts, grey_facts(attributes, groups, facts), wanted);
    return {std::move(picture.raster), picture.window};
}

}  // namespace

PaintedFrame paint(Bytes& blob, const FrameToPaint& wanted) {
    const Opened opened = open(blob);
    DataSet data_set(opened.inflated ? *opened.inflated : blob, opened.begin);
    const Attributes attributes(data_set, data_set.elements());
    check_pixels(attributes);
    const PixelFacts facts = pixel_facts(attributes, wanted.pixels_max);
    PaintedFrame result;
    result.frame_count = facts.frame_count;
    result.frame = wanted.frame != 0 ? wanted.frame : key_frame(attributes, facts.frame_count);
    if (result.frame > facts.frame_count) throw Unrenderable{NoPicture::no_such_frame};

    const DecodedFrame frame = samples_of(attributes, facts, opened.transfer_syntax_uid, result.frame);
    const FrameGroups groups = frame_groups(attributes, result.frame);
    Painted painted = paint_samples(attributes, groups, frame, wanted.window);
    const bool is_as_stored = frame.facts.allocated == facts.allocated;
    draw_overlays(attributes, frame.facts, result.frame,
                  is_as_stored ? std::span<const std::byte>(frame.bytes) : std::span<const std::byte>(),
                  painted.raster);
    result.raster = std::move(painted.raster);
    result.window = painted.window;
    const auto measures = groups.macro(pixel_measures_sequence);
    result.pixel_height = pixel_height(attributes, measures ? &*measures : nullptr);
    return result;
}

}  // namespace broker::worker
