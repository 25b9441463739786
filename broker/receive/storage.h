/// Storage: answers C-STORE, and says Success only when custody was taken (PS3.4 Annex B).
#pragma once

#include "broker/receive/services.h"

namespace broker::receive {

/// Receives one data set. Nothing of it is left behind but where Success was answered.
Next store(Conversation& conversation, const Request& request);

}  // namespace broker::receive
