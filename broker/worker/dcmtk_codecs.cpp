#include "broker/worker/dcmtk_codecs.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcobject.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <dcmtk/oflog/oflog.h>

#include "broker/worker/dcmtk_frame_codec.h"
#include "broker/worker/jpeg_2000.h"
#include "broker/worker/run_lengths.h"

namespace broker::worker {

void start_codecs() {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    // It would strip blanks and rewrite separators on reading; values come out as they went in.
    dcmEnableAutomaticInputDataCorrection.set(OFFalse);
    DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_colorByPixel);
    static const FrameCodec jpeg_2000(Coding::jpeg_2000, &decode_jpeg_2000), rle(Coding::rle, &decode_run_lengths);
    static const NoParameter none;
    for (const FrameCodec* each : {&jpeg_2000, &rle}) DcmCodecList::registerCodec(each, nullptr, &none);
    // The stored words, not what a viewer would make of them ("cooked"); thresholds as the standard has them.
    constexpr bool is_cooked = false;
    DJLSEncoderRegistration::registerCodecs(0, 0, 0, 0, is_cooked, 0, OFTrue, EJLSUC_never);
}

void choose_jpeg_colour(const Syntax& source) {
    // Only lossy JPEG is converted to RGB, where it is not: of lossless YBR the conversion would lose the last bits.
    const auto conversion = source.loss == Loss::none ? EDC_never : EDC_photometricInterpretation;
    DJDecoderRegistration::cleanup();
    DJDecoderRegistration::registerCodecs(conversion, EUC_never, EPC_colorByPixel);
}

}  // namespace broker::worker
