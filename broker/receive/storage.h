/// Storage: answers C-STORE, and says Success only when custody was taken (PS3.4 Annex B).
#pragma once

#include "broker/receive/services.h"

namespace broker::receive {

/// Receives one data set. Where Success was not answered nothing of it is left behind but an orphan at most, for the
/// sweep.
Next store(Conversation& conversation, const Request& request);

}  // namespace broker::receive
