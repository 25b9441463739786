// By name and subject.
#include "broker/alarm/settling.h"

#include <algorithm>

namespace broker::alarm {

Changes Settling::settle(std::span<const outbox::AlarmView> open, std::span<const Raised> present,
                         std::chrono::milliseconds clear_after, const Times& times) {
    Changes changes;
    std::map<outbox::AlarmId, Monotonic> away;
    for (const outbox::AlarmView& each : open) {
        const bool is_there = std::any_of(present.begin(), present.end(), [&](const Raised& raised) {
            return raised.name == each.alarm.name && raised.subject == each.alarm.subject;
        });
        if (is_there) continue;
        const auto before = away_since_.find(each.id);
        const Monotonic since = before == away_since_.end() ? times.monotonic : before->second;
        if (times.monotonic - since >= clear_after)
            changes.cleared.push_back(each);
        else
            away.emplace(each.id, since);
    }
    away_since_ = std::move(away);
    for (const Raised& each : present) {
        const auto there = std::find_if(open.begin(), open.end(), [&](const outbox::AlarmView& view) {
            return view.alarm.name == each.name && view.alarm.subject == each.subject;
        });
        const auto since = each.since.value_or(there == open.end() ? times.now : there->alarm.since);
        const outbox::Alarm alarm{each.name, each.subject, since, each.count, each.text, each.hint};
        if (there == open.end())
            changes.raised.push_back(alarm);
        else if (there->alarm != alarm)
            changes.changed.emplace_back(there->id, alarm);
    }
    return changes;
}

}  // namespace broker::alarm
