#include "broker/worker/render/dcmtk_frame.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <cstring>
#include <limits>
#include <memory>

#include "broker/worker/dcmtk_codecs.h"
#include "broker/worker/dcmtk_loss.h"

namespace broker::worker {
namespace {

[[noreturn]] void undecodable() {
    throw Unrenderable{NoPicture::undecodable};
}

/// DCMTK doesn't know HTJ2K by name; the codestream says itself what it is.
E_TransferSyntax encoding_of(const Syntax& syntax) {
    return syntax.coding == Coding::jpeg_2000 ? EXS_JPEG2000 : DcmXfer(std::string{syntax.uid}.c_str()).getXfer();
}

void describe(DcmDataset& data_set, const PixelFacts& facts) {
    data_set.putAndInsertUint16(DCM_SamplesPerPixel, static_cast<Uint16>(facts.samples));
    data_set.putAndInsertString(DCM_PhotometricInterpretation, facts.photometric.c_str());
    data_set.putAndInsertUint16(DCM_PlanarConfiguration, facts.is_planar ? 1 : 0);
    data_set.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(facts.rows));
    data_set.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(facts.columns));
    data_set.putAndInsertUint16(DCM_BitsAllocated, static_cast<Uint16>(facts.allocated));
    data_set.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(facts.stored));
    data_set.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(facts.high_bit));
    data_set.putAndInsertUint16(DCM_PixelRepresentation, facts.is_signed ? 1 : 0);
}

/// Pixel data of one fragment behind an empty offset table.
void insert(DcmDataset& data_set, E_TransferSyntax encoding, std::vector<std::byte>& frame) {
    // An item's length is even (PS3.5 A.4), and has 32 bits.
    if (frame.size() % 2 != 0) frame.push_back(std::byte{0});
    if (frame.empty() || frame.size() >= std::numeric_limits<Uint32>::max()) undecodable();
    auto sequence = std::make_unique<DcmPixelSequence>(DCM_PixelSequenceTag);
    auto table = std::make_unique<DcmPixelItem>(DCM_PixelItemTag);
    auto fragment = std::make_unique<DcmPixelItem>(DCM_PixelItemTag);
    if (fragment->putUint8Array(reinterpret_cast<const Uint8*>(frame.data()), static_cast<Uint32>(frame.size())).bad())
        undecodable();
    sequence->insert(table.release());
    sequence->insert(fragment.release());
    auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
    pixels->putOriginalRepresentation(encoding, nullptr, sequence.release());
    if (data_set.insert(pixels.release(), true).bad()) undecodable();
}

unsigned word(DcmDataset& data_set, const DcmTagKey& tag) {
    Uint16 value = 0;
    if (data_set.findAndGetUint16(tag, value).bad()) undecodable();
    return value;
}

/// What a decoder has changed: of lossy JPEG the colour, of a frame with fewer bits their number.
PixelFacts facts_after(DcmDataset& data_set, PixelFacts facts) {
    OFString photometric;
    data_set.findAndGetOFString(DCM_PhotometricInterpretation, photometric);
    facts.photometric = photometric.c_str();
    // Whole colours come out, whatever was subsampled.
    if (facts.photometric == "YBR_FULL_422") facts.photometric = "YBR_FULL";
    if (facts.photometric == "YBR_PARTIAL_422") facts.photometric = "YBR_PARTIAL";
    facts.allocated = word(data_set, DCM_BitsAllocated);
    facts.stored = word(data_set, DCM_BitsStored);
    facts.high_bit = word(data_set, DCM_HighBit);
    if (facts.samples > 1) facts.is_planar = word(data_set, DCM_PlanarConfiguration) == 1;
    const bool is_sound = facts.stored >= 1 && facts.stored <= facts.allocated && facts.high_bit < facts.allocated &&
                          facts.high_bit + 1 >= facts.stored &&
                          (facts.allocated == 8 || facts.allocated == 16 || facts.allocated == 32);
    if (!is_sound) undecodable();
    return facts;
}

}  // namespace

DecodedFrame decode_frame(const PixelFacts& facts, const Syntax& syntax, std::vector<std::byte> frame) {
    if (facts.allocated % 8 != 0) throw Unrenderable{NoPicture::unsupported};
    DcmDataset data_set;
    describe(data_set, facts);
    insert(data_set, encoding_of(syntax), frame);
    frame = {};
    choose_jpeg_colour(syntax);
    mend_colour(data_set, syntax);
    if (data_set.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad()) undecodable();
    data_set.removeAllButCurrentRepresentations();

    DecodedFrame decoded{facts_after(data_set, facts), {}};
    const std::uint64_t bytes = decoded.facts.frame_bits() / 8;
    DcmElement* pixels = nullptr;
    Uint16* words = nullptr;
    if (data_set.findAndGetElement(DCM_PixelData, pixels).bad() || pixels->getLength() < bytes ||
        pixels->getUint16Array(words).bad() || words == nullptr)
        undecodable();
    decoded.bytes.resize(static_cast<std::size_t>(bytes));
    std::memcpy(decoded.bytes.data(), words, decoded.bytes.size());
    return decoded;
}

}  // namespace broker::worker
