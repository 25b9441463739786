/// The work of `dicom-bridge worker render`: orders from one descriptor, pictures to another, until there are no more.
#pragma once

#include "broker/worker/ending.h"

namespace broker::worker {

/// Call `start_codecs` before. Ending::done when the broker has closed its end. Whatever an instance does to memory
/// that was asked for, the next one finds it given back.
Ending serve_orders(int input, int output);

}  // namespace broker::worker
