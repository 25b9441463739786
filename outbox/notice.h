/// Notice: a call to the hospital system's webhook that has to be taken, and how a destination's calls stand.
///
/// Values without behaviour. When one is made: README.md, Notices.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "outbox/ids.h"
#include "outbox/reason.h"

namespace outbox {

using NoticeId = Id<struct NoticeRow>;

/// What it tells of a study, in the words of SATUSEHAT's router, which hospital systems know.
enum class NoticeStage { dicom_sent, dicom_send_failed, metadata_lookup_failed, imagingstudy_create_failed };

std::string_view to_string(NoticeStage stage);
std::optional<NoticeStage> parse_notice_stage(std::string_view word);

/// One that was not taken yet.
struct OpenNotice {
    NoticeId id;
    std::string study_instance_uid;
    NoticeStage stage = NoticeStage::dicom_sent;
    Reason reason = Reason::none;                                        ///< none: it is a success
    std::string note;                                                    ///< ours, without patient data; or ""
    std::string accession_number, service_request_id, imaging_study_id;  ///< as far as they were known then
    std::string idempotency_key;  ///< of all its tries: who gets it twice can tell
    std::int64_t attempt_count = 0;
    Instant created_at, due_at;
};

/// A try that was not taken, or of which nobody knows.
struct NoticeFailure {
    std::optional<std::int32_t> status;  ///< HTTP; nothing: no answer
    std::string error;                   ///< ours, without patient data and nothing of a peer's words
};

/// How the calls of one destination stand.
struct WebhookView {
    std::int64_t waiting = 0;
    std::optional<Instant> oldest_waiting_at, last_told_at;
    std::string last_error;  ///< of those that wait, the last one; "": none was tried in vain
};

}  // namespace outbox
