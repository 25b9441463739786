// A question that changes nothing.
#include "broker/kernel_clock.h"

#include <sys/timex.h>

namespace broker {

std::optional<bool> is_clock_kept() {
    timex told{};
    if (::adjtimex(&told) < 0) return std::nullopt;
    return (told.status & STA_UNSYNC) == 0;
}

}  // namespace broker
