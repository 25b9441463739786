/// Packs native pixel data as JPEG-LS, and proves that it comes out the same.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>

#include "broker/worker/ending.h"

namespace broker::worker {

/// On Ending::done the data set's pixel data is JPEG-LS lossless, and was decoded again: every stored bit is what it
/// was. Else no_image, unpackable or differs, and the data set is spent.
Ending pack_jpeg_ls(DcmDataset& data_set);

}  // namespace broker::worker
