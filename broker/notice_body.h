/// NoticeBody: what a webhook is told, as the JSON that SATUSEHAT's router made hospital systems take.
///
/// Pure; any thread.
#pragma once

#include <string>

#include "outbox/notice.h"

namespace broker {

/// {status, stage, message, data: {organizationId, accessionNumber, studyInstanceUID, imagingStudyId,
/// serviceRequestId}, error: [{code, message}]}. What is not known, and the error of a success, are left out. The code
/// is that of the reason, its words are ours.
std::string notice_body(const outbox::OpenNotice& notice, const std::string& organization_id);

}  // namespace broker
