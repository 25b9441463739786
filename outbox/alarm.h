/// Alarm: something that somebody should look at, the messages about it, and the samples that foretell a full disk.
///
/// Values without behaviour. Which alarms there are is the broker's to say (broker/alarm/rules.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "outbox/ids.h"

namespace outbox {

using AlarmId = Id<struct AlarmRow>;
using RecipientId = Id<struct RecipientRow>;
using MessageId = Id<struct MessageRow>;

struct Alarm {
    std::string name;     ///< a stable word: "unrouted", "breaker_open", …
    std::string subject;  ///< the destination, sender, certificate or uplink that it is about, or ""
    Instant since;        ///< when its cause began, as far as that is known
    std::int64_t count = 1;
    std::string text;  ///< a sentence, without patient data
    std::string hint;  ///< what to do, or ""
    bool operator==(const Alarm&) const = default;
};

/// One that is raised, or was.
struct AlarmView {
    AlarmId id;
    Alarm alarm;
    Instant raised_at;
};

/// Who is told of alarms.
struct RecipientSpec {
    Digest key{};       ///< a hash of where that is: an address may have a secret in it
    std::string label;  ///< for people: kind and host, without a secret
};

enum class AlarmEvent { raised, cleared };

std::string_view to_string(AlarmEvent event);
std::optional<AlarmEvent> parse_alarm_event(std::string_view word);

/// A message that was not told yet, with the alarm as it was then.
struct OpenMessage {
    MessageId id;
    AlarmId alarm_id;
    AlarmEvent event = AlarmEvent::raised;
    Alarm alarm;
    Instant at;                   ///< of the event
    std::string idempotency_key;  ///< of all its tries: who gets it twice can tell
    std::int64_t attempt_count = 0;
};

/// How the messages to one recipient stand.
struct RecipientView {
    RecipientId id;
    bool is_configured = true;
    std::int64_t waiting = 0;
    std::optional<Instant> oldest_waiting_at;
    std::string last_error;  ///< of those that wait, the last one; "": none was tried in vain
};

/// How full the disk was, and what of it was kept for which reason.
struct SpaceSample {
    Instant at;
    std::int64_t free_bytes = 0;
    std::int64_t unrouted_bytes = 0, unfinished_bytes = 0, retained_bytes = 0;
    bool operator==(const SpaceSample&) const = default;
};

}  // namespace outbox
