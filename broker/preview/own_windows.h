/// OwnWindows: the windows that an instance names for itself, each with what it is for (PS3.3 C.11.2).
///
/// Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "broker/dicom/header.h"
#include "broker/dicom/wanted.h"
#include "broker/worker/render/order.h"

namespace broker::preview {

struct OwnWindow {
    worker::Window window;
    std::string explanation;  ///< "BRAIN", or ""; whatever somebody wrote there
    bool operator==(const OwnWindow&) const = default;
};

/// What a scan of the header must look for.
const dicom::Wanted& tags_of_windows();

/// In their order; those that are no numbers, or have no width, are left out. Of an enhanced image only those of the
/// data set itself.
std::vector<OwnWindow> windows_in(const dicom::Header& header);

}  // namespace broker::preview
