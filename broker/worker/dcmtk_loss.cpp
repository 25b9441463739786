#include "broker/worker/dcmtk_loss.h"

#include <dcmtk/dcmdata/dcdeftag.h>

#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include "broker/worker/dcmtk_fragments.h"
#include "broker/worker/marks.h"

namespace broker::worker {
namespace {

/// The encapsulated image of the data set itself, not of an icon in it.
std::optional<Encapsulated> image_of(DcmDataset& data_set) {
    for (const PixelElement& each : pixel_elements(data_set))
        if (each.item == &data_set) return encapsulated_in(encapsulation_of(each));
    return std::nullopt;
}

bool is_reversible(Fragment frame, Coding coding) {
    if (coding == Coding::jpeg_ls) return is_jpeg_ls_reversible(frame).value_or(false);
    const std::optional<CodestreamStyle> style = codestream_style(frame);
    return style && style->is_reversible;
}

bool has_lost(DcmDataset& data_set, const Syntax& source, const Encapsulated& image) {
    if (source.loss != Loss::possible) return source.loss == Loss::certain;
    OFString said;
    data_set.findAndGetOFString(DCM_LossyImageCompression, said);
    return said != "00" || !is_reversible(image.fragments.front(), source.coding);
}

/// How many times smaller the pixels were, as a decimal string (PS3.3 C.7.6.1.1.5.2).
std::string ratio_of(DcmDataset& data_set, const Encapsulated& image) {
    Uint16 rows = 0, columns = 0, samples = 1, stored = 0;
    Sint32 frames = 1;
    data_set.findAndGetUint16(DCM_Rows, rows);
    data_set.findAndGetUint16(DCM_Columns, columns);
    data_set.findAndGetUint16(DCM_SamplesPerPixel, samples);
    data_set.findAndGetUint16(DCM_BitsStored, stored);
    if (data_set.findAndGetSint32(DCM_NumberOfFrames, frames).bad() || frames < 1) frames = 1;
    const double pixels = double{1} * rows * columns * samples * frames;
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%.3f", pixels * stored / 8 / static_cast<double>(image.bytes()));
    return text.data();
}

bool is_missing(DcmDataset& data_set, const DcmTagKey& tag) {
    return !data_set.tagExistsWithValue(tag);
}

}  // namespace

void mark_loss(DcmDataset& data_set, const Syntax& source) {
    if (source.loss == Loss::none) return;
    const std::optional<Encapsulated> image = image_of(data_set);
    if (!image || !has_lost(data_set, source, *image)) return;
    OFString said;
    data_set.findAndGetOFString(DCM_LossyImageCompression, said);
    if (said != "01") data_set.putAndInsertString(DCM_LossyImageCompression, "01");
    // The two have one value per step, in pairs; a step that only one of them names is not ours to guess.
    if (!is_missing(data_set, DCM_LossyImageCompressionRatio) || !is_missing(data_set, DCM_LossyImageCompressionMethod))
        return;
    data_set.putAndInsertString(DCM_LossyImageCompressionRatio, ratio_of(data_set, *image).c_str());
    data_set.putAndInsertString(DCM_LossyImageCompressionMethod, std::string{source.loss_method}.c_str());
}

void mend_colour(DcmDataset& data_set, const Syntax& source) {
    Uint16 samples = 1;
    data_set.findAndGetUint16(DCM_SamplesPerPixel, samples);
    if (source.coding != Coding::jpeg || source.loss != Loss::certain || samples != 3) return;
    const std::optional<Encapsulated> image = image_of(data_set);
    if (!image) return;
    OFString colour;
    data_set.findAndGetOFString(DCM_PhotometricInterpretation, colour);
    const JpegColour said = jpeg_colour(image->fragments.front());
    if (said == JpegColour::rgb && colour != "RGB")
        data_set.putAndInsertString(DCM_PhotometricInterpretation, "RGB");
    else if (said == JpegColour::ybr && colour == "RGB")
        data_set.putAndInsertString(DCM_PhotometricInterpretation, "YBR_FULL_422");
}

}  // namespace broker::worker
