/// Interrupt: what lets any thread end that which another one waits for, at once and for good.
///
/// Any thread. Outlives the calls that it was given to.
#pragma once

#include <atomic>

#include "broker/dicom/descriptor.h"

namespace broker::http {

class Interrupt {
public:
    /// Throws std::system_error where there are no descriptors left.
    Interrupt();

    /// What waits under it now, and whatever is begun under it later, ends soon. Doesn't block; may be called again.
    void raise() noexcept;
    bool is_raised() const noexcept { return is_raised_; }

    /// Readable once it is raised, and ever after; for poll only.
    int descriptor() const { return event_.get(); }

private:
    std::atomic<bool> is_raised_ = false;
    dicom::Descriptor event_;
};

}  // namespace broker::http
