/// Alarms: raising and clearing, and what became of the messages about it, which the schema's triggers make.
#include "outbox/alarm.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "outbox/json_text.h"
#include "outbox/writer.h"

namespace outbox {

namespace {

struct Word {
    AlarmEvent event;
    std::string_view word;
};
constexpr std::array words{Word{AlarmEvent::raised, "raised"}, Word{AlarmEvent::cleared, "cleared"}};

Cursor& bind(Cursor& row, const Alarm& alarm) {
    return row.bind(":since", alarm.since)
        .bind(":count", alarm.count)
        .bind(":text", alarm.text)
        .bind(":hint", alarm.hint);
}

/// What the history says of the message that a statement changed, or nothing where it changed none.
struct Changed {
    std::string recipient, name, subject, event;
    std::int64_t attempt_count = 0;
};
std::optional<Changed> changed_by(Cursor& row) {
    if (!row.step()) return std::nullopt;
    Changed changed{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
                    std::string(row.text(3)), row.number(4)};
    row.step();
    return changed;
}

}  // namespace

std::string_view to_string(AlarmEvent event) {
    for (const Word& each : words)
        if (each.event == event) return each.word;
    assert(false && "an event without a word");
    return "";
}

std::optional<AlarmEvent> parse_alarm_event(std::string_view word) {
    for (const Word& each : words)
        if (each.word == word) return each.event;
    return std::nullopt;
}

bool Outbox::raise_alarm(const Alarm& alarm, Instant now) {
    parts_->require_transaction();
    Cursor row(parts_->statements.raise_alarm);
    row.bind(":name", alarm.name).bind(":subject", alarm.subject).bind(":now", now);
    return bind(row, alarm).run() == 1;
}

bool Outbox::change_alarm(AlarmId id, const Alarm& alarm) {
    parts_->require_transaction();
    Cursor row(parts_->statements.change_alarm);
    row.bind(":alarm", id);
    return bind(row, alarm).run() == 1;
}

bool Outbox::clear_alarm(AlarmId id, Instant now) {
    parts_->require_transaction();
    return Cursor(parts_->statements.clear_alarm).bind(":alarm", id).bind(":now", now).run() == 1;
}

void Outbox::configure_recipients(std::span<const RecipientSpec> recipients, Instant now) {
    parts_->require_transaction();
    for (const RecipientSpec& each : recipients)
        Cursor(parts_->statements.configure_recipient).bind(":key", each.key).bind(":label", each.label).run();
    struct Left {
        RecipientId id;
        std::string label;
    };
    std::vector<Left> left;
    {
        Cursor row(parts_->statements.configured_recipients);
        while (row.step()) {
            const Digest key = row.digest(1);
            const auto stays = [&](const RecipientSpec& each) { return each.key == key; };
            if (std::none_of(recipients.begin(), recipients.end(), stays))
                left.push_back({row.id<RecipientId>(0), std::string(row.text(2))});
        }
    }
    for (const Left& each : left) {
        Cursor(parts_->statements.unconfigure_recipient).bind(":recipient", each.id).run();
        const std::int64_t dropped =
            Cursor(parts_->statements.drop_messages).bind(":recipient", each.id).bind(":now", now).run();
        if (dropped > 0)
            parts_->record("alarms_untold_dropped", "bridge", "",
                           json_object({{"recipient", each.label}, {"messages", std::to_string(dropped)}}), now);
    }
}

bool Outbox::put_off_message(MessageId message, std::string_view error, Instant due_at, Instant now) {
    parts_->require_transaction();
    std::optional<Changed> changed;
    {
        Cursor row(parts_->statements.put_off_message);
        row.bind(":message", message).bind(":error", error).bind(":due_at", due_at).bind(":now", now);
        changed = changed_by(row);
    }
    if (!changed) return false;
    if (changed->attempt_count == 1)
        parts_->record("alarm_untold", "bridge", "",
                       json_object({{"recipient", changed->recipient},
                                    {"name", changed->name},
                                    {"subject", changed->subject},
                                    {"event", changed->event},
                                    {"error", std::string(error)}}),
                       now);
    return true;
}

bool Outbox::end_message(MessageId message, Instant now) {
    parts_->require_transaction();
    std::optional<Changed> changed;
    {
        Cursor row(parts_->statements.end_message);
        row.bind(":message", message).bind(":now", now);
        changed = changed_by(row);
    }
    if (!changed) return false;
    parts_->record("alarm_told", "bridge", "",
                   json_object({{"recipient", changed->recipient},
                                {"name", changed->name},
                                {"subject", changed->subject},
                                {"event", changed->event},
                                {"failures", std::to_string(changed->attempt_count)}}),
                   now);
    return true;
}

std::int64_t Outbox::hurry_messages(RecipientId recipient, Instant now) {
    parts_->require_transaction();
    return Cursor(parts_->statements.hurry_messages).bind(":recipient", recipient).bind(":now", now).run();
}

void Outbox::note_space(const SpaceSample& sample, Instant keep_since) {
    parts_->require_transaction();
    Cursor(parts_->statements.note_space)
        .bind(":at", sample.at)
        .bind(":free", sample.free_bytes)
        .bind(":unrouted", sample.unrouted_bytes)
        .bind(":unfinished", sample.unfinished_bytes)
        .bind(":retained", sample.retained_bytes)
        .run();
    Cursor(parts_->statements.drop_space).bind(":keep_since", keep_since).bind(":at", sample.at).run();
}

}  // namespace outbox
