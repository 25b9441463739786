/// Demo: a bridge, a demo PACS and a made-up study on loopback, in a temporary folder, to open the page and look.
#pragma once

#include "broker/cli/run.h"
#include "broker/clock.h"

namespace broker {

/// The command `demo`: runs until it is told to end, or for `stop_after`; says on stdout where the page is and what
/// happens. Everything it made is gone when it returns. Throws std::runtime_error.
int demo(const cli::DemoOptions& options, const Clock& clock);

}  // namespace broker
