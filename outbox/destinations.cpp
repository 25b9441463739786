/// Destinations: their rows, pausing and resuming, and the state of their lanes.
#include <algorithm>
#include <cassert>

#include "outbox/json_text.h"
#include "outbox/writer.h"

namespace outbox {

std::optional<DestinationId> Outbox::destination(std::string_view name) {
    Cursor row(parts_->statements.find_destination);
    row.bind(":name", name);
    if (!row.step()) return std::nullopt;
    return row.id<DestinationId>(0);
}

static std::vector<DestinationId> those_that_left(Writer& writer, std::span<const DestinationSpec> present) {
    std::vector<DestinationId> left;
    for (Cursor row(writer.statements.configured); row.step();) {
        if (std::ranges::find(present, row.text(1), &DestinationSpec::name) == present.end()) {
            left.push_back(row.id<DestinationId>(0));
        }
    }
    return left;
}

void Outbox::configure(std::span<const DestinationSpec> destinations, Instant now) {
    parts_->require_transaction();
    for (const auto left : those_that_left(*parts_, destinations)) {
        set_failover(left, std::nullopt, now);
        Cursor(parts_->statements.unconfigure).bind(":destination", left).run();
    }
    for (const auto& spec : destinations) {
        Cursor(parts_->statements.configure)
            .bind(":name", spec.name)
            .bind(":kind", spec.kind)
            .bind(":confirms", spec.confirms)
            .bind(":registers", spec.registers)
            .bind(":notifies", spec.notifies)
            .bind(":identity", spec.identity)
            .bind(":now", now)
            .run();
    }
}

std::int64_t Outbox::settle_removed(std::size_t limit, Instant now) {
    parts_->require_transaction();
    const auto room = static_cast<std::int64_t>(limit);
    const auto held = Cursor(parts_->statements.hold_removed).bind(":limit", room).bind(":now", now).run();
    if (held == room) return held;
    const auto settled =
        held + Cursor(parts_->statements.release_returned).bind(":limit", room - held).bind(":now", now).run();
    if (settled == room) return settled;
    return settled +
           Cursor(parts_->statements.forget_confirmation).bind(":limit", room - settled).bind(":now", now).run();
}

namespace {

struct LaneFacts {
    std::string name;
    bool is_paused;
    std::string held_reason;
    bool is_failing;
};

}  // namespace

static LaneFacts lane_facts(Writer& writer, DestinationId destination) {
    writer.require_transaction();
    Cursor row(writer.statements.lane_facts);
    row.bind(":destination", destination);
    [[maybe_unused]] const bool is_there = row.step();
    assert(is_there && "a destination that was never configured");
    return {std::string(row.text(0)), !row.is_null(1), std::string(row.text(2)), !row.is_null(3)};
}

/// {"key":"text"}, with room for more.
static std::string detail(std::string_view key, std::string_view text) {
    std::string json = "{";
    append_json_string(json, key);
    json += ':';
    append_json_string(json, text);
    return json += '}';
}

void Outbox::pause(DestinationId destination, const Actor& actor, std::string_view reason, std::optional<Instant> until,
                   Instant now) {
    const auto facts = lane_facts(*parts_, destination);
    Cursor(parts_->statements.pause)
        .bind(":destination", destination)
        .bind(":actor", actor.name)
        .bind(":reason", reason)
        .bind(":until", until)
        .bind(":now", now)
        .run();
    auto json = detail("reason", reason);
    if (until) {
        json.pop_back();
        json += ",\"until_ms\":" + std::to_string(until->time_since_epoch().count()) + "}";
    }
    parts_->record("paused", actor.name, facts.name, json, now);
}

bool Outbox::resume(DestinationId destination, const Actor& actor, Instant now,
                    std::optional<std::int64_t> per_second) {
    const auto facts = lane_facts(*parts_, destination);
    Cursor(parts_->statements.resume).bind(":destination", destination).bind(":now", now).run();
    assert(!per_second || *per_second > 0);
    Cursor(parts_->statements.make_due)
        .bind(":destination", destination)
        .bind(":per_second", per_second)
        .bind(":actor", actor.name)
        .bind(":now", now)
        .run();
    // Also where it was not paused: what backed off is due now.
    parts_->record("resumed", actor.name, facts.name, detail("note", actor.note), now);
    return facts.is_paused;
}

std::int64_t Outbox::pull_in(DestinationId destination, Instant latest, std::size_t limit, Instant now) {
    parts_->require_transaction();
    std::int64_t changed = 0;
    for (const auto priority : {Priority::high, Priority::normal, Priority::low})
        changed += Cursor(parts_->statements.pull_in)
                       .bind(":destination", destination)
                       .bind(":priority", static_cast<int>(priority))
                       .bind(":latest", latest)
                       .bind(":limit", static_cast<std::int64_t>(limit))
                       .bind(":now", now)
                       .run();
    return changed;
}

bool Outbox::set_aside(JobId job, const Digest& digest, Instant until, Instant now) {
    parts_->require_transaction();
    return Cursor(parts_->statements.set_aside)
               .bind(":job", job)
               .bind(":digest", digest)
               .bind(":until", until)
               .bind(":now", now)
               .run() == 1;
}

std::int64_t Outbox::take_back(DestinationId destination, std::size_t limit, Instant now) {
    parts_->require_transaction();
    return Cursor(parts_->statements.take_back)
        .bind(":destination", destination)
        .bind(":limit", static_cast<std::int64_t>(limit))
        .bind(":now", now)
        .run();
}

bool Outbox::take_back(JobId job, Instant now) {
    parts_->require_transaction();
    return Cursor(parts_->statements.take_back_one).bind(":job", job).bind(":now", now).run() == 1;
}

void Outbox::echoed(DestinationId destination, bool has_answered, const Actor& actor, Instant now) {
    const auto facts = lane_facts(*parts_, destination);
    auto json = detail("note", actor.note);
    json.pop_back();
    json += has_answered ? ",\"answered\":true}" : ",\"answered\":false}";
    parts_->record("echoed", actor.name, facts.name, json, now);
}

void Outbox::failing(DestinationId destination, std::string_view error, std::int64_t failure_count, Instant next_try_at,
                     Instant now) {
    const auto facts = lane_facts(*parts_, destination);
    Cursor(parts_->statements.failing)
        .bind(":destination", destination)
        .bind(":error", error)
        .bind(":failure_count", failure_count)
        .bind(":next_try_at", next_try_at)
        .bind(":now", now)
        .run();
    if (!facts.is_failing) parts_->record("destination_failing", "bridge", facts.name, detail("error", error), now);
}

void Outbox::held_lane(DestinationId destination, Reason reason, std::string_view error, Instant next_try_at,
                       Instant now) {
    const auto facts = lane_facts(*parts_, destination);
    assert(reason != Reason::none);
    Cursor(parts_->statements.hold_lane)
        .bind(":destination", destination)
        .bind(":reason", code(reason))
        .bind(":error", error)
        .bind(":next_try_at", next_try_at)
        .bind(":now", now)
        .run();
    // Each further probe that meets the same answer is no news.
    if (facts.held_reason != code(reason)) {
        parts_->record("destination_held", "bridge", facts.name, detail("reason", code(reason)), now);
    }
}

void Outbox::recovered(DestinationId destination, Instant now) {
    const auto facts = lane_facts(*parts_, destination);
    if (!facts.is_failing && facts.held_reason.empty()) return;
    Cursor(parts_->statements.recover_lane).bind(":destination", destination).run();
    parts_->record("destination_recovered", "bridge", facts.name, "{}", now);
}

void Outbox::note_error(DestinationId destination, std::string_view error, Instant at) {
    parts_->require_transaction();
    Cursor(parts_->statements.note_error).bind(":destination", destination).bind(":error", error).bind(":at", at).run();
}

void Outbox::record(std::string_view event, const Actor& actor, std::string_view detail, Instant now,
                    std::string_view destination) {
    parts_->require_transaction();
    assert(is_one_object(detail));
    parts_->record(event, actor.name, destination, detail, now);
}

}  // namespace outbox
