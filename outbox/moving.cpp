/// Moving: a job given up at one destination and made at another, both or neither.
#include <cassert>

#include "outbox/writer.h"

namespace outbox {

namespace {

/// What a move must know of the job that it begins with.
struct Leaving {
    InstanceId instance;
    State state;
    Priority priority;
    std::string edits;
};

/// The job that the destination has for the instance already.
struct Present {
    JobId job;
    State state;
    std::string edits;
};

}  // namespace

static std::optional<Leaving> leaving(Writer& writer, JobId job) {
    Cursor row(writer.statements.leaving);
    if (!row.bind(":job", job).step()) return std::nullopt;
    return Leaving{row.id<InstanceId>(0), parse_state(row.text(1)).value(), static_cast<Priority>(row.number(2)),
                   std::string(row.text(3))};
}

static std::optional<Present> present(Writer& writer, InstanceId instance, DestinationId destination) {
    Cursor row(writer.statements.job_of);
    if (!row.bind(":instance", instance).bind(":destination", destination).step()) return std::nullopt;
    return Present{row.id<JobId>(0), parse_state(row.text(1)).value(), std::string(row.text(2))};
}

/// Whether the destination will get, or has, the instance when this returns true: by a new job, by the one that it has,
/// or by another round of one that was given up.
static bool is_promised(Outbox& outbox, Writer& writer, InstanceId instance, const PlannedJob& there,
                        const Actor& actor, Instant now) {
    if (!outbox.add(instance, {&there, 1}, actor, now).empty()) return true;
    const auto job = present(writer, instance, there.destination);
    if (!job) return false;  // the bytes are gone
    if (job->state != State::cancelled) return true;
    // What a job edits is for ever: another round of that one would send what this one must not.
    if (!there.edits.empty() && job->edits != there.edits) return false;
    return outbox.resend(job->job, actor, now).applied;
}

Applied Outbox::move(JobId job, const PlannedJob& there, const Actor& actor, Instant now) {
    parts_->require_transaction();
    const auto from = leaving(*parts_, job);
    if (!from) return {};
    const bool is_free = from->state == State::queued || from->state == State::held || from->state == State::uncertain;
    PlannedJob planned = there;
    planned.priority = from->priority;
    if (!from->edits.empty()) planned.edits = from->edits;
    if (!is_free || !is_promised(*this, *parts_, from->instance, planned, actor, now)) return {false, from->state};
    [[maybe_unused]] const auto cancelled = cancel(job, Reason::moved, actor, now);
    assert(cancelled.applied && "a job that is queued, held or uncertain can be cancelled");
    return {true, State::cancelled};
}

}  // namespace outbox
