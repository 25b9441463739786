#include "broker/worker/transcode.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <memory>
#include <string>

#include "broker/dicom/transfer_syntax.h"
#include "broker/worker/dcmtk_loss.h"
#include "broker/worker/dcmtk_packing.h"
#include "broker/worker/dcmtk_stream.h"
#include "broker/worker/syntax.h"

namespace broker::worker {
namespace {

/// DCMTK's name for how the data set is laid out. It doesn't know HTJ2K, which is laid out as JPEG 2000 is.
E_TransferSyntax layout_of(const Syntax& syntax) {
    if (syntax.coding == Coding::jpeg_2000) return syntax.loss == Loss::none ? EXS_JPEG2000LosslessOnly : EXS_JPEG2000;
    return DcmXfer(std::string{syntax.uid}.c_str()).getXfer();
}

Ending unpack(DcmDataset& data_set, const Syntax& source, E_TransferSyntax layout) {
    if (source.coding == Coding::native) return Ending::done;
    mark_loss(data_set, source);
    mend_colour(data_set, source);
    if (data_set.chooseRepresentation(layout, nullptr).bad()) return Ending::undecodable;
    data_set.removeAllButCurrentRepresentations();
    // They tell where compressed frames begin (PS3.3 C.7.6.3.1.8), and there are none any more.
    data_set.findAndDeleteElement(DCM_ExtendedOffsetTable);
    data_set.findAndDeleteElement(DCM_ExtendedOffsetTableLengths);
    return Ending::done;
}

}  // namespace

Ending transcode(int input, std::string_view from, std::string_view to, int output) {
    const Syntax* source = find_syntax(from);
    if (!can_transcode(from, to)) return Ending::misused;
    // Never destroyed: the process ends soon, and taking a deep tree apart could still crash it.
    auto& data_set = *std::make_unique<DcmDataset>().release();
    if (const Ending read = read_data_set(input, layout_of(*source), data_set); read != Ending::done) return read;
    const E_TransferSyntax native =
        to == dicom::implicit_vr_little_endian ? EXS_LittleEndianImplicit : EXS_LittleEndianExplicit;
    if (const Ending unpacked = unpack(data_set, *source, native); unpacked != Ending::done) return unpacked;
    if (to != jpeg_ls_lossless) return write_data_set(data_set, native, output);
    if (const Ending packed = pack_jpeg_ls(data_set); packed != Ending::done) return packed;
    return write_data_set(data_set, EXS_JPEGLSLossless, output);
}

}  // namespace broker::worker
