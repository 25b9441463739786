/// FrameCodec: lets DCMTK decode pixel data by a function of ours that decodes a frame.
///
/// Any thread; never changed. JPEG 2000, which DCMTK has no decoder for, and run lengths, where its own is too lenient.
/// HTJ2K is read under the name of JPEG 2000, since DCMTK doesn't know it: the data sets are laid out alike, and the
/// codestream says itself what it is.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dccodec.h>

#include <cstddef>
#include <span>

#include "broker/worker/frame_shape.h"
#include "broker/worker/syntax.h"

namespace broker::worker {

/// A codec needs parameters to be registered with; this one has none.
class NoParameter : public DcmCodecParameter {
public:
    DcmCodecParameter* clone() const override { return new NoParameter; }
    const char* className() const override { return "NoParameter"; }
};

class FrameCodec : public DcmCodec {
public:
    using Decode = bool (*)(std::span<const std::byte> frame, const FrameShape& shape, std::span<std::byte> into);
    FrameCodec(Coding coding, Decode decode_one) : coding_(coding), decode_one_(decode_one) {}

    OFCondition decode(const DcmRepresentationParameter*, DcmPixelSequence* sequence, DcmPolymorphOBOW& pixel_data,
                       const DcmCodecParameter*, const DcmStack& stack, OFBool& removes_old) const override;
    OFCondition decodeFrame(const DcmRepresentationParameter*, DcmPixelSequence*, const DcmCodecParameter*, DcmItem*,
                            Uint32, Uint32&, void*, Uint32, OFString&) const override;
    OFCondition encode(const Uint16*, const Uint32, const DcmRepresentationParameter*, DcmPixelSequence*&,
                       const DcmCodecParameter*, DcmStack&, OFBool&) const override;
    OFCondition encode(const E_TransferSyntax, const DcmRepresentationParameter*, DcmPixelSequence*,
                       const DcmRepresentationParameter*, DcmPixelSequence*&, const DcmCodecParameter*, DcmStack&,
                       OFBool&) const override;
    OFBool canChangeCoding(const E_TransferSyntax from, const E_TransferSyntax to) const override;
    OFCondition determineDecompressedColorModel(const DcmRepresentationParameter*, DcmPixelSequence*,
                                                const DcmCodecParameter*, DcmItem*, OFString&) const override;

private:
    const Coding coding_;
    const Decode decode_one_;
};

}  // namespace broker::worker
