/// Verification: answers C-ECHO (PS3.4 Annex A).
#pragma once

#include "broker/receive/services.h"

namespace broker::receive {

Next verify(Conversation& conversation, const Request& request);

}  // namespace broker::receive
