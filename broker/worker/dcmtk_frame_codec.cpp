#include "broker/worker/dcmtk_frame_codec.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcvrpobw.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <limits>
#include <vector>

#include "broker/worker/dcmtk_fragments.h"
#include "broker/worker/fragments.h"
#include "broker/worker/marks.h"

namespace broker::worker {
namespace {

struct Image {
    FrameShape shape;
    std::size_t frame_count = 1;
};

std::optional<Image> image_of(DcmItem& item, Coding coding) {
    Uint16 rows = 0, columns = 0, samples = 1, allocated = 0, representation = 0;
    Sint32 frames = 1;
    const bool is_complete = item.findAndGetUint16(DCM_Rows, rows).good() &&
                             item.findAndGetUint16(DCM_Columns, columns).good() &&
                             item.findAndGetUint16(DCM_BitsAllocated, allocated).good();
    item.findAndGetUint16(DCM_SamplesPerPixel, samples);
    item.findAndGetUint16(DCM_PixelRepresentation, representation);
    // Some makers count the frames beyond the first.
    if (item.findAndGetSint32(DCM_NumberOfFrames, frames).bad() || frames == 0) frames = 1;
    // Run lengths know no pixels, only bytes of them; there are 15 segments at most (PS3.5 G.5).
    constexpr unsigned segments_max = 15;
    const bool is_known = coding == Coding::rle ? allocated % 8 == 0 && allocated > 0 && samples > 0 &&
                                                      samples * allocated / 8 <= segments_max
                                                : (samples == 1 || samples == 3) && (allocated == 8 || allocated == 16);
    if (!is_complete || !is_known || rows == 0 || columns == 0 || frames <= 0) return std::nullopt;
    return Image{{rows, columns, samples, allocated, representation == 1}, static_cast<std::size_t>(frames)};
}

/// The bytes of each frame.
std::optional<std::vector<std::vector<std::byte>>> frames_of(const Encapsulated& encapsulated, Coding coding,
                                                             std::size_t count) {
    std::vector<FragmentMark> marks;
    for (const Fragment& each : encapsulated.fragments) marks.push_back({each.size(), is_frame_start(each, coding)});
    const auto firsts = first_fragments(marks, encapsulated.offsets, count);
    if (!firsts) return std::nullopt;
    std::vector<std::vector<std::byte>> frames(count);
    for (std::size_t i = 0, frame = 0; i < marks.size(); ++i) {
        if (frame + 1 < count && (*firsts)[frame + 1] == i) ++frame;
        const Fragment& fragment = encapsulated.fragments[i];
        frames[frame].insert(frames[frame].end(), fragment.begin(), fragment.end());
    }
    return frames;
}

/// What the decoded samples are: a transform of a codestream is undone, and nothing is subsampled any more.
void say_colour(DcmItem& item, Coding coding, Fragment frame) {
    item.putAndInsertUint16(DCM_PlanarConfiguration, 0);
    if (coding != Coding::jpeg_2000) return;
    OFString colour;
    item.findAndGetOFString(DCM_PhotometricInterpretation, colour);
    const std::optional<CodestreamStyle> style = codestream_style(frame);
    const bool is_transformed = style && style->has_multiple_component_transform;
    const char* decoded = nullptr;
    if (colour == "YBR_RCT" || colour == "YBR_ICT" || is_transformed)
        decoded = "RGB";
    else if (colour == "YBR_FULL_422" || colour == "YBR_PARTIAL_420" || colour == "YBR_PARTIAL_422")
        decoded = "YBR_FULL";
    if (decoded != nullptr && colour != decoded) item.putAndInsertString(DCM_PhotometricInterpretation, decoded);
}

}  // namespace

OFCondition FrameCodec::decode(const DcmRepresentationParameter*, DcmPixelSequence* sequence,
                               DcmPolymorphOBOW& pixel_data, const DcmCodecParameter*, const DcmStack& stack,
                               OFBool& removes_old) const {
    removes_old = OFFalse;
    if (stack.card() < 2) return EC_CannotChangeRepresentation;
    auto* item = dynamic_cast<DcmItem*>(stack.elem(1));
    const std::optional<Image> image = item == nullptr ? std::nullopt : image_of(*item, coding_);
    const std::optional<Encapsulated> encapsulated = encapsulated_in(sequence);
    if (!image || !encapsulated) return EC_CannotChangeRepresentation;
    const auto frames = frames_of(*encapsulated, coding_, image->frame_count);
    const std::size_t frame_bytes = image->shape.bytes();
    const std::size_t bytes = frame_bytes * image->frame_count;
    // An element of 32-bit length holds no more (PS3.5 7.1.1).
    if (!frames || bytes / image->frame_count != frame_bytes || bytes >= std::numeric_limits<Uint32>::max() - 1)
        return EC_CannotChangeRepresentation;

    Uint16* words = nullptr;
    if (const OFCondition made = pixel_data.createUint16Array(static_cast<Uint32>((bytes + 1) / 2), words); made.bad())
        return made;
    const std::span<std::byte> all(reinterpret_cast<std::byte*>(words), bytes + bytes % 2);
    all.back() = std::byte{0};
    for (std::size_t i = 0; i < frames->size(); ++i)
        if (!decode_one_((*frames)[i], image->shape, all.subspan(i * frame_bytes, frame_bytes)))
            return EC_CannotChangeRepresentation;
    if (image->shape.samples_per_pixel > 1) say_colour(*item, coding_, frames->front());
    return EC_Normal;
}

OFCondition FrameCodec::decodeFrame(const DcmRepresentationParameter*, DcmPixelSequence*, const DcmCodecParameter*,
                                    DcmItem*, Uint32, Uint32&, void*, Uint32, OFString&) const {
    return EC_IllegalCall;
}

OFCondition FrameCodec::encode(const Uint16*, const Uint32, const DcmRepresentationParameter*, DcmPixelSequence*&,
                               const DcmCodecParameter*, DcmStack&, OFBool&) const {
    return EC_IllegalCall;
}

OFCondition FrameCodec::encode(const E_TransferSyntax, const DcmRepresentationParameter*, DcmPixelSequence*,
                               const DcmRepresentationParameter*, DcmPixelSequence*&, const DcmCodecParameter*,
                               DcmStack&, OFBool&) const {
    return EC_IllegalCall;
}

OFBool FrameCodec::canChangeCoding(const E_TransferSyntax from, const E_TransferSyntax to) const {
    const bool is_ours =
        coding_ == Coding::rle ? from == EXS_RLELossless : from == EXS_JPEG2000 || from == EXS_JPEG2000LosslessOnly;
    return is_ours && DcmXfer(to).isNotEncapsulated();
}

OFCondition FrameCodec::determineDecompressedColorModel(const DcmRepresentationParameter*, DcmPixelSequence*,
                                                        const DcmCodecParameter*, DcmItem*, OFString&) const {
    return EC_IllegalCall;
}

}  // namespace broker::worker
