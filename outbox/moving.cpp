/// Moving: a job given up at one destination and made at another, both or neither.
#include "outbox/moving.h"

#include <cassert>

namespace outbox {

std::optional<Leaving> leaving(Writer& writer, JobId job) {
    Cursor row(writer.statements.leaving);
    if (!row.bind(":job", job).step()) return std::nullopt;
    Leaving from{row.id<InstanceId>(0),
                 parse_state(row.text(1)).value(),
                 static_cast<Priority>(row.number(2)),
                 row.id<DestinationId>(3),
                 std::nullopt,
                 row.number(5) != 0,
                 std::string(row.text(6)),
                 parse_reason(row.text(7)).value()};
    if (!row.is_null(4)) from.stands_in_for = row.id<DestinationId>(4);
    return from;
}

std::optional<Present> present(Writer& writer, InstanceId instance, DestinationId destination) {
    Cursor row(writer.statements.job_of);
    if (!row.bind(":instance", instance).bind(":destination", destination).step()) return std::nullopt;
    return Present{row.id<JobId>(0), parse_state(row.text(1)).value(), std::string(row.text(2)), row.number(3) != 0};
}

static bool is_configured(Writer& writer, DestinationId destination) {
    Cursor row(writer.statements.is_configured);
    return row.bind(":destination", destination).step() && row.number(0) != 0;
}

PlannedJob promise_of(const Leaving& from, PlannedJob there) {
    there.priority = from.priority;
    if (!from.edits.empty()) there.edits = from.edits;
    return there;
}

bool is_promised(Outbox& outbox, Writer& writer, const Leaving& from, const PlannedJob& there, const Actor& actor,
                 Instant now) {
    if (!is_configured(writer, there.destination)) return false;  // the job would be held there instead
    if (!outbox.add(from.instance, {&there, 1}, actor, now).empty()) return true;
    const auto other = present(writer, from.instance, there.destination);
    if (!other) return false;  // the bytes are gone
    if (other->state != State::cancelled) return true;
    // What a job edits is for ever: another round of that one would send what this one must not.
    if (!there.edits.empty() && other->edits != there.edits) return false;
    return begin_round(writer, other->job, {there.priority, there.stands_in_for}, actor, now).applied;
}

Applied give_up(Outbox& outbox, JobId job, const Actor& actor, Instant now) {
    [[maybe_unused]] const auto cancelled = outbox.cancel(job, Reason::moved, actor, now);
    assert(cancelled.applied && "a job that is queued, held or uncertain can be cancelled");
    return {true, State::cancelled};
}

Applied Outbox::move(JobId job, const PlannedJob& there, const Actor& actor, Instant now) {
    parts_->require_transaction();
    const auto from = leaving(*parts_, job);
    if (!from) return {};
    const bool is_free = from->state == State::queued || from->state == State::held || from->state == State::uncertain;
    if (!is_free || !is_promised(*this, *parts_, *from, promise_of(*from, there), actor, now))
        return {false, from->state};
    return give_up(*this, job, actor, now);
}

}  // namespace outbox
