/// What was lossy stays lossy: a decompressed copy says what its pixels have been through (PS3.3 C.7.6.1.1.5).
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>

#include "broker/worker/syntax.h"

namespace broker::worker {

/// Before decoding. Where `source` has lost something, sets Lossy Image Compression to 01, and adds ratio and method
/// where they are missing. A transfer syntax that may lose counts as one that did, unless the instance says 00 and its
/// first frame is of the reversible kind.
void mark_loss(DcmDataset& data_set, const Syntax& source);

/// Before decoding. Of lossy JPEG in three colours, Photometric Interpretation is set to what the frame says about
/// itself, if it does: makers get the attribute wrong, and the decoder goes by it.
void mend_colour(DcmDataset& data_set, const Syntax& source);

}  // namespace broker::worker
