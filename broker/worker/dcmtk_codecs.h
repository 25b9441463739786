/// The encoders and decoders that the helper registers with DCMTK, and how DCMTK is told to leave values alone.
#pragma once

#include "broker/worker/syntax.h"

namespace broker::worker {

/// Once, before anything is read. On return DCMTK doesn't log, mends no values, and knows every coding of syntax.h but
/// JPEG; colour comes out by pixel, and a decoder never makes another instance of one.
void start_codecs();

/// Before each source; any number of times. On return DCMTK knows JPEG, too: colour comes out by pixel, that of lossy
/// JPEG as RGB.
void choose_jpeg_colour(const Syntax& source);

}  // namespace broker::worker
