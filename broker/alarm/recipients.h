/// Recipients: who is told of alarms, from [[notify]].
///
/// Pure; any thread.
#pragma once

#include <vector>

#include "broker/config/config.h"
#include "outbox/alarm.h"

namespace broker::alarm {

/// By where it is alone: kind and URL, or server and addresses. With another password or token it is the same. The
/// label has no more than kind and host, since a URL may have a secret in it.
outbox::RecipientSpec recipient_of(const config::Notify& notify);

/// Each once, though it be written twice.
std::vector<outbox::RecipientSpec> recipients_of(const config::Config& config);

}  // namespace broker::alarm
