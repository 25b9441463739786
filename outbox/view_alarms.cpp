/// Which alarms are raised, which messages about them are due, and what the rules of alarms look at.
#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

std::vector<AlarmView> read_alarms(ViewParts& parts) {
    std::vector<AlarmView> all;
    Cursor row(parts.alarms);
    while (row.step()) {
        AlarmView& each = all.emplace_back();
        each.id = row.id<AlarmId>(0);
        each.alarm = {std::string(row.text(1)), std::string(row.text(2)), row.instant(3), row.number(4),
                      std::string(row.text(5)), std::string(row.text(6))};
        each.raised_at = row.instant(7);
    }
    return all;
}

std::vector<AlarmView> Views::alarms() const {
    const Snapshot snapshot(parts_->database);
    return read_alarms(*parts_);
}

std::vector<OpenMessage> Views::messages_due(RecipientId recipient, Instant now, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    std::vector<OpenMessage> messages;
    Cursor row(parts_->messages_due);
    row.bind(":recipient", recipient).bind(":now", now).bind(":limit", static_cast<std::int64_t>(limit));
    while (row.step()) {
        OpenMessage& each = messages.emplace_back();
        each.id = row.id<MessageId>(0);
        each.alarm_id = row.id<AlarmId>(1);
        each.event = parse_alarm_event(row.text(2)).value();
        each.alarm = {std::string(row.text(3)), std::string(row.text(4)), row.instant(5), row.number(6),
                      std::string(row.text(7)), std::string(row.text(8))};
        each.at = row.instant(9);
        each.idempotency_key = row.text(10);
        each.attempt_count = row.number(11);
    }
    return messages;
}

std::optional<RecipientView> Views::recipient(const Digest& key) const {
    const Snapshot snapshot(parts_->database);
    Cursor row(parts_->recipient);
    if (!row.bind(":key", key).step()) return std::nullopt;
    return RecipientView{row.id<RecipientId>(0), row.number(1) != 0, row.number(2), row.optional_instant(3),
                         std::string(row.text(4))};
}

std::vector<SpaceSample> Views::space_samples() const {
    const Snapshot snapshot(parts_->database);
    std::vector<SpaceSample> samples;
    Cursor row(parts_->space_samples);
    while (row.step()) samples.push_back({row.instant(0), row.number(1), row.number(2), row.number(3), row.number(4)});
    return samples;
}

std::vector<SenderView> Views::senders_that_brought() const {
    const Snapshot snapshot(parts_->database);
    std::vector<SenderView> all;
    Cursor row(parts_->senders_that_brought);
    row.bind(":limit", static_cast<std::int64_t>(page_rows_max));
    while (row.step()) all.push_back(read_sender(row));
    return all;
}

}  // namespace outbox
