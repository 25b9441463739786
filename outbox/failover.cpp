/// Failover: a job that another destination stands in for, and its way back; one transaction each, as a move.
#include "outbox/json_text.h"
#include "outbox/moving.h"
#include "outbox/writer.h"

namespace outbox {

Applied Outbox::fail_over(JobId job, const PlannedJob& there, Instant now) {
    parts_->require_transaction();
    const auto from = leaving(*parts_, job);
    if (!from) return {};
    const auto home = from->stands_in_for.value_or(from->destination);
    const bool is_return = there.destination == home;
    // Whatever the stand-in waits for, or was held for there, the first destination doesn't.
    const bool may_return =
        from->state == State::queued || (from->state == State::held && is_of_its_place(from->reason));
    // And what its place left behind, when it left the configuration, goes on to who stands in now.
    const bool is_left =
        from->state == State::held && from->reason == Reason::destination_removed && from->stands_in_for;
    const bool may_leave = (from->state == State::queued && !from->is_waiting) || is_left;
    if (there.destination == from->destination || !(is_return ? may_return : may_leave)) return {false, from->state};
    const std::string& name = parts_->name_of(home);
    const Actor bridge{"bridge", is_return ? "back to " + name + ", which works again" : "failover from " + name};
    PlannedJob planned = promise_of(*from, there);
    if (!is_return) planned.stands_in_for = home;
    const auto other = present(*parts_, from->instance, there.destination);
    // A promise of its own is another promise: both are kept.
    const bool is_own = other && (!other->was_standing_in || other->edits != from->edits);
    if (!is_return && is_own) return {false, from->state};
    if (!is_promised(*this, *parts_, *from, planned, bridge, now)) return {false, from->state};
    return give_up(*this, job, bridge, now);
}

bool Outbox::set_failover(DestinationId destination, std::optional<DestinationId> other, Instant now) {
    parts_->require_transaction();
    const auto changed = Cursor(parts_->statements.set_failover)
                             .bind(":destination", destination)
                             .bind(":other", other)
                             .bind(":now", now)
                             .run();
    if (changed == 0) return false;
    std::string detail = "{}";
    if (other) {
        detail = "{\"to\":";
        append_json_string(detail, parts_->name_of(*other));
        detail += '}';
    }
    parts_->record(other ? "failover_begun" : "failover_ended", "bridge", parts_->name_of(destination), detail, now);
    return true;
}

}  // namespace outbox
