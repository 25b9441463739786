#include "broker/worker/dcmtk_packing.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmjpls/djrparam.h>

#include <optional>
#include <span>
#include <vector>

#include "broker/worker/dcmtk_fragments.h"

namespace broker::worker {
namespace {

/// Native pixels, and how their samples lie.
struct Pixels {
    std::vector<std::byte> bytes;
    std::size_t sample_bytes = 1, samples_per_pixel = 1, pixels_per_frame = 0, frames = 1;
    bool is_by_plane = false;

    std::size_t needed() const { return frames * pixels_per_frame * samples_per_pixel * sample_bytes; }
    /// Where the n-th sample in order of frame, pixel, plane begins.
    std::size_t at(std::size_t n) const {
        if (!is_by_plane) return n * sample_bytes;
        const std::size_t frame_samples = pixels_per_frame * samples_per_pixel;
        const std::size_t frame = n / frame_samples, pixel = n % frame_samples / samples_per_pixel;
        const std::size_t plane = n % samples_per_pixel;
        return (frame * frame_samples + plane * pixels_per_frame + pixel) * sample_bytes;
    }
};

std::optional<std::vector<std::byte>> bytes_of(DcmPixelData& element, std::size_t sample_bytes) {
    Uint8* bytes = nullptr;
    Uint16* words = nullptr;
    if (sample_bytes == 1 && element.getVR() == EVR_OB && element.getUint8Array(bytes).good() && bytes != nullptr) {
        const std::span all(reinterpret_cast<const std::byte*>(bytes), element.getLength());
        return std::vector<std::byte>(all.begin(), all.end());
    }
    if (element.getUint16Array(words).bad() || words == nullptr) return std::nullopt;
    const std::span all(reinterpret_cast<const std::byte*>(words), element.getLength());
    return std::vector<std::byte>(all.begin(), all.end());
}

std::optional<Pixels> pixels_of(const PixelElement& element) {
    Uint16 rows = 0, columns = 0, samples = 1, allocated = 0, planar = 0;
    Sint32 frames = 1;
    element.item->findAndGetUint16(DCM_Rows, rows);
    element.item->findAndGetUint16(DCM_Columns, columns);
    element.item->findAndGetUint16(DCM_SamplesPerPixel, samples);
    element.item->findAndGetUint16(DCM_BitsAllocated, allocated);
    element.item->findAndGetUint16(DCM_PlanarConfiguration, planar);
    if (element.item->findAndGetSint32(DCM_NumberOfFrames, frames).bad() || frames < 1) frames = 1;
    if ((allocated != 8 && allocated != 16) || samples == 0 || rows == 0 || columns == 0) return std::nullopt;
    std::optional<std::vector<std::byte>> bytes = bytes_of(*element.pixels, allocated / 8U);
    if (!bytes) return std::nullopt;
    Pixels pixels{std::move(*bytes),
                  allocated / 8U,
                  samples,
                  std::size_t{rows} * columns,
                  static_cast<std::size_t>(frames),
                  samples > 1 && planar == 1};
    if (pixels.bytes.size() < pixels.needed() || pixels.needed() == 0) return std::nullopt;
    return pixels;
}

std::optional<std::vector<Pixels>> all_pixels(DcmDataset& data_set) {
    std::vector<Pixels> all;
    for (const PixelElement& each : pixel_elements(data_set)) {
        std::optional<Pixels> pixels = pixels_of(each);
        if (!pixels) return std::nullopt;
        all.push_back(std::move(*pixels));
    }
    return all;
}

bool is_same(const Pixels& one, const Pixels& other) {
    if (one.needed() != other.needed() || one.sample_bytes != other.sample_bytes ||
        one.samples_per_pixel != other.samples_per_pixel)
        return false;
    const std::size_t samples = one.needed() / one.sample_bytes;
    for (std::size_t n = 0; n < samples; ++n)
        for (std::size_t k = 0; k < one.sample_bytes; ++k)
            if (one.bytes[one.at(n) + k] != other.bytes[other.at(n) + k]) return false;
    return true;
}

}  // namespace

Ending pack_jpeg_ls(DcmDataset& data_set) {
    if (pixel_elements(data_set).empty()) return Ending::no_image;
    const std::optional<std::vector<Pixels>> before = all_pixels(data_set);
    const DJLSRepresentationParameter lossless(0, OFTrue);
    if (!before || data_set.chooseRepresentation(EXS_JPEGLSLossless, &lossless).bad()) return Ending::unpackable;
    data_set.removeAllButCurrentRepresentations();

    DcmDataset unpacked(data_set);
    if (unpacked.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad()) return Ending::differs;
    const std::optional<std::vector<Pixels>> after = all_pixels(unpacked);
    if (!after || after->size() != before->size()) return Ending::differs;
    for (std::size_t i = 0; i < before->size(); ++i)
        if (!is_same((*before)[i], (*after)[i])) return Ending::differs;
    return Ending::done;
}

}  // namespace broker::worker
