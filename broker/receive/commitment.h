/// Commitment: answers Storage Commitment in both roles: scanners that ask us to commit (N-ACTION), and destinations
/// that report on what we asked of them (N-EVENT-REPORT), PS3.4 Annex J.
#pragma once

#include "broker/receive/services.h"

namespace broker::receive {

/// Success is answered only when the desk has made it durable. The report on a request follows over this association
/// where the desk makes it now (owed_reports.h).
Next commit(Conversation& conversation, const Request& request);

}  // namespace broker::receive
