#include "outbox/study_state.h"

namespace outbox {

StudyState state_of(const StudyView& study, Instant now) {
    JobCounts all;
    for (const StudyDelivery& each : study.deliveries) {
        all.queued += each.jobs.queued;
        all.sending += each.jobs.sending;
        all.uncertain += each.jobs.uncertain;
        all.delivered += each.jobs.delivered;
        all.held += each.jobs.held;
    }
    if (all.held > 0) return StudyState::needs_a_person;
    // What came in the future came by a clock that was wrong.
    const bool has_just_come = study.last_received_at <= now && now - study.last_received_at < arriving_for;
    if (study.quiet_count > 0 || has_just_come) return StudyState::arriving;
    if (study.unrouted_count > 0) return StudyState::unrouted;
    if (all.queued + all.sending + all.uncertain > 0) return StudyState::delivering;
    return all.delivered > 0 ? StudyState::delivered : StudyState::cancelled;
}

std::string_view to_string(StudyState state) {
    switch (state) {
        case StudyState::needs_a_person:
            return "needs_a_person";
        case StudyState::arriving:
            return "arriving";
        case StudyState::unrouted:
            return "unrouted";
        case StudyState::delivering:
            return "delivering";
        case StudyState::delivered:
            return "delivered";
        case StudyState::cancelled:
            break;
    }
    return "cancelled";
}

}  // namespace outbox
