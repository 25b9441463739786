/// Which calls to a webhook are due, and how those of a destination stand.
#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

std::vector<OpenNotice> Views::notices_due(DestinationId destination, Instant now, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    std::vector<OpenNotice> notices;
    Cursor row(parts_->notices_due);
    row.bind(":destination", destination).bind(":now", now).bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) {
        OpenNotice& each = notices.emplace_back();
        each.id = row.id<NoticeId>(0);
        each.study_instance_uid = row.text(1);
        each.stage = parse_notice_stage(row.text(2)).value();
        each.reason = read_reason(row, 3);
        each.note = row.text(4);
        each.accession_number = row.text(5);
        each.service_request_id = row.text(6);
        each.imaging_study_id = row.text(7);
        each.idempotency_key = row.text(8);
        each.attempt_count = row.number(9);
        each.created_at = row.instant(10);
        each.due_at = row.instant(11);
    }
    return notices;
}

std::optional<WebhookView> Views::webhook(DestinationId destination) const {
    const Snapshot snapshot(parts_->database);
    Cursor row(parts_->webhook);
    row.bind(":destination", destination);
    if (!row.step()) return std::nullopt;
    WebhookView view{row.number(1), row.optional_instant(2), row.optional_instant(3), std::string(row.text(4))};
    const bool is_there = row.number(0) != 0 || view.waiting > 0;
    return is_there ? std::optional(std::move(view)) : std::nullopt;
}

}  // namespace outbox
