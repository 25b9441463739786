/// MessageBody: what a recipient is told of an alarm, as JSON for a webhook and as a mail.
///
/// Pure; any thread. Nothing of a patient is in an alarm, so nothing is in these.
#pragma once

#include <string>

#include "broker/config/config.h"
#include "outbox/alarm.h"

namespace broker::alarm {

/// {node, event: raised|cleared, at, alarm: {name, subject, since, count, text, hint}}.
std::string json_of(const outbox::OpenMessage& message, const std::string& node);

/// A whole mail (RFC 5322), lines ended by CR LF: head and body are plain text in UTF-8, base64, so that no word of an
/// alarm can end a line of the head. The Message-ID is made of the idempotency key: a mail that comes twice is one.
std::string mail_of(const outbox::OpenMessage& message, const std::string& node, const config::Notify& notify);

}  // namespace broker::alarm
