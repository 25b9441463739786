/// A data set in and out of the helper's pipes.
///
/// One thread at a time.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>

#include "broker/worker/ending.h"

namespace broker::worker {

/// Reads a whole data set in `syntax` from the descriptor, to its end. Ending::done, unread, or unreadable. Whatever a
/// hostile data set makes of DCMTK, it makes of this process.
Ending read_data_set(int descriptor, E_TransferSyntax syntax, DcmDataset& into);

/// Writes it, the same data set always as the same bytes: all sequences of undefined length, since the lengths that
/// DCMTK calculates are wrong where an item holds a value of odd length. Ending::done or unwritten.
Ending write_data_set(DcmDataset& from, E_TransferSyntax syntax, int descriptor);

}  // namespace broker::worker
