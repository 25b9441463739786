#include "broker/deliver/resolution.h"

namespace broker::deliver {

namespace {

struct Ways {
    bool commitment, query;
};

/// C-FIND at IMAGE level needs all three UIDs (PS3.4 C.4.1.2.1); objects without a patient don't have them.
bool can_be_found(const outbox::DoubtfulJob& job) {
    return !job.study_instance_uid.empty() && !job.series_instance_uid.empty();
}

Ways ways_of(const outbox::DoubtfulJob& job, const Offers& offers, config::Confirm wanted) {
    Ways ways{offers.commitment != Offer::no, can_be_found(job) && offers.query != Offer::no};
    if (job.state != outbox::State::delivered) return ways;
    if (wanted == config::Confirm::commitment) ways.query = false;
    if (wanted == config::Confirm::query) ways.commitment = false;
    return ways;
}

/// What answered once, or was configured to answer, may be silent for a while: nothing is sent again blindly.
bool is_worth_waiting(const outbox::DoubtfulJob& job, const Offers& offers, config::Confirm wanted) {
    if (job.state != outbox::State::delivered)
        return offers.answered_commitment || (can_be_found(job) && offers.answered_query);
    return wanted == config::Confirm::commitment || (wanted == config::Confirm::query && can_be_found(job));
}

}  // namespace

Plan plan(const outbox::DoubtfulJob& job, const Offers& offers, config::Confirm wanted, const config::Delivery& limits,
          outbox::Instant now) {
    // The destination would answer about the copy that it has, not about this one.
    if (job.state == outbox::State::uncertain && job.is_ambiguous) return {Step::give_up, {}};
    const Ways ways = ways_of(job, offers, wanted);
    if (!ways.commitment && !ways.query)
        return is_worth_waiting(job, offers, wanted) ? Plan{Step::wait, now + limits.ask_again}
                                                     : Plan{Step::give_up, {}};
    if (!ways.commitment) return {Step::ask_query, {}};
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
