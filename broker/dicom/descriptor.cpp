#include "broker/dicom/descriptor.h"

#include <unistd.h>

namespace broker::dicom {

void Descriptor::reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace broker::dicom
