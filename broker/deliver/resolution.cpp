#include "broker/deliver/resolution.h"

namespace broker::deliver {

namespace {

struct Ways {
    bool commitment, query;
};

Ways ways_of(const outbox::DoubtfulJob& job, const Offers& offers, config::Confirm wanted) {
    Ways ways{offers.commitment != Offer::no, offers.query != Offer::no};
    if (job.state != outbox::State::delivered) return ways;
    if (wanted == config::Confirm::commitment) ways.query = false;
    if (wanted == config::Confirm::query) ways.commitment = false;
    return ways;
}

Plan plan_without_a_way(const outbox::DoubtfulJob& job, const Offers& offers, config::Confirm wanted,
                        const config::Delivery& limits, outbox::Instant now) {
    const bool is_wanted =
        job.state == outbox::State::delivered ? wanted != config::Confirm::none : offers.answered_before;
    // What answered once, or was configured to answer, may be silent for a while: nothing is sent again blindly.
    if (is_wanted) return {Step::wait, now + limits.ask_again};
    return {Step::give_up, {}};
}

}  // namespace

Plan plan(const outbox::DoubtfulJob& job, const Offers& offers, config::Confirm wanted, const config::Delivery& limits,
          outbox::Instant now) {
    // The destination would answer about the copy that it has, not about this one.
    if (job.state == outbox::State::uncertain && job.is_ambiguous) return {Step::give_up, {}};
    const Ways ways = ways_of(job, offers, wanted);
    if (!ways.commitment)
        return ways.query ? Plan{Step::ask_query, {}} : plan_without_a_way(job, offers, wanted, limits, now);
    if (ways.query && job.was_denied_commitment) return {Step::ask_query, {}};
    if (!job.commitment_asked_at) return {Step::ask_commitment, {}};
    const auto asked_for = now - *job.commitment_asked_at;
    if (asked_for < limits.report_wait) return {Step::wait, *job.commitment_asked_at + limits.report_wait};
    if (ways.query) return {Step::ask_query, {}};
    if (asked_for < limits.report_patience) return {Step::wait, *job.commitment_asked_at + limits.report_patience};
    return {Step::ask_commitment, {}};
}

bool is_absence_proven(const outbox::Absences& earlier, const config::Delivery& limits, outbox::Instant now) {
    if (earlier.count + 1 < limits.denials_min) return false;
    return now - earlier.first_at.value_or(now) >= limits.denials_over;
}

Denial denial_of(std::uint16_t failure_reason) {
    constexpr std::uint16_t no_such_instance = 0x0112, class_conflict = 0x0119, class_not_supported = 0x0122;
    if (failure_reason == no_such_instance) return Denial::absent;
    if (failure_reason == class_conflict || failure_reason == class_not_supported) return Denial::person;
    return Denial::later;
}

}  // namespace broker::deliver
