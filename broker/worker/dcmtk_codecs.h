/// The encoders and decoders that the helper registers with DCMTK, and how DCMTK is told to leave values alone.
#pragma once

#include "broker/worker/syntax.h"

namespace broker::worker {

/// Once, before anything is read. On return DCMTK doesn't log, mends no values, and knows every coding of syntax.h;
/// colour comes out by pixel, that of lossy JPEG as RGB, and a decoder never makes another instance of one.
void start_codecs(const Syntax& source);

}  // namespace broker::worker
