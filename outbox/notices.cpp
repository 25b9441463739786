/// Notices: what became of a call to a webhook. They are made by the schema's triggers, with what they tell about.
#include "outbox/notice.h"

#include <array>
#include <cassert>

#include "outbox/json_text.h"
#include "outbox/writer.h"

namespace outbox {

namespace {

struct Word {
    NoticeStage stage;
    std::string_view word;
};
constexpr std::array words{Word{NoticeStage::dicom_sent, "dicom_sent"},
                           Word{NoticeStage::dicom_send_failed, "dicom_send_failed"},
                           Word{NoticeStage::metadata_lookup_failed, "metadata_lookup_failed"},
                           Word{NoticeStage::imagingstudy_create_failed, "imagingstudy_create_failed"}};

/// What the history says of the one that a statement changed, or nothing where it changed none.
struct Changed {
    DestinationId destination;
    std::string study, stage, imaging_study_id;
    std::int64_t attempt_count = 0;
};
std::optional<Changed> changed_by(Cursor& row) {
    if (!row.step()) return std::nullopt;
    Changed changed{row.id<DestinationId>(0), std::string(row.text(1)), std::string(row.text(2)),
                    std::string(row.text(3)), row.number(4)};
    row.step();
    return changed;
}

}  // namespace

std::string_view to_string(NoticeStage stage) {
    for (const Word& each : words)
        if (each.stage == stage) return each.word;
    assert(false && "a stage without a word");
    return "";
}

std::optional<NoticeStage> parse_notice_stage(std::string_view word) {
    for (const Word& each : words)
        if (each.word == word) return each.stage;
    return std::nullopt;
}

bool Outbox::put_off_notice(NoticeId notice, const NoticeFailure& failure, Instant due_at, Instant now) {
    parts_->require_transaction();
    std::optional<Changed> changed;
    {
        Cursor row(parts_->statements.put_off_notice);
        row.bind(":notice", notice)
            .bind(":status", failure.status)
            .bind(":error", failure.error)
            .bind(":due_at", due_at)
            .bind(":now", now);
        changed = changed_by(row);
    }
    if (!changed) return false;
    if (changed->attempt_count == 1)
        parts_->record("webhook_failing", "bridge", parts_->name_of(changed->destination),
                       json_object({{"study", changed->study}, {"stage", changed->stage}, {"error", failure.error}}),
                       now);
    return true;
}

bool Outbox::end_notice(NoticeId notice, std::int32_t status, Instant now) {
    parts_->require_transaction();
    std::optional<Changed> changed;
    {
        Cursor row(parts_->statements.end_notice);
        row.bind(":notice", notice).bind(":status", status).bind(":now", now);
        changed = changed_by(row);
    }
    if (!changed) return false;
    parts_->record("webhook_told", "bridge", parts_->name_of(changed->destination),
                   json_object({{"study", changed->study},
                                {"stage", changed->stage},
                                {"imaging_study_id", changed->imaging_study_id},
                                {"status", std::to_string(status)},
                                {"failures", std::to_string(changed->attempt_count)}}),
                   now);
    return true;
}

std::int64_t Outbox::hurry_notices(DestinationId destination, Instant now) {
    parts_->require_transaction();
    return Cursor(parts_->statements.hurry_notices).bind(":destination", destination).bind(":now", now).run();
}

}  // namespace outbox
