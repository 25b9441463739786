#include "broker/http/interrupt.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace broker::http {

Interrupt::Interrupt() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Interrupt::raise() noexcept {
    is_raised_ = true;
    // Cannot fail but for a counter that is full, and then it is readable already.
    ::eventfd_write(event_.get(), 1);
}

}  // namespace broker::http
