/// Resolution: what to do next about a job whose delivery is in doubt, or is to be confirmed.
///
/// Pure functions; any thread. The order in which a destination is asked: Storage Commitment, then C-FIND, and only
/// where it never answered either, what the configuration says of sending twice.
#pragma once

#include <cstdint>
#include <optional>

#include "broker/config/config.h"
#include "outbox/views.h"

namespace broker::deliver {

/// What is known of a way of asking: whether the destination accepted it when it was last tried.
enum class Offer { unknown, yes, no };

struct Offers {
    Offer commitment = Offer::unknown;
    Offer query = Offer::unknown;
    bool answered_commitment = false, answered_query = false;  ///< ever
};

enum class Step {
    ask_commitment,
    ask_query,
    wait,     ///< until the plan's instant
    give_up,  ///< nobody can be asked: send again or hold, as `resend_safe` says; a confirmation is asked for no more
};

struct Plan {
    Step step = Step::wait;
    outbox::Instant until;  ///< of `wait`
    bool operator==(const Plan&) const = default;
};

/// `wanted`: what the destination's `confirm` says. It narrows how a delivered job is asked about; an uncertain one,
/// and one that an operator wants verified where nothing is configured, is asked about in whatever way there is.
Plan plan(const outbox::DoubtfulJob& job, const Offers& offers, config::Confirm wanted, const config::Delivery& limits,
          outbox::Instant now);

/// True when a destination that denies the instance once more, now, is to be believed.
bool is_absence_proven(const outbox::Absences& earlier, const config::Delivery& limits, outbox::Instant now);

/// What a Failure Reason of a commitment report means (PS3.3 C.14.1.1).
enum class Denial {
    absent,  ///< 0112H: no such object instance
    later,   ///< 0110H, 0131H, 0213H and what the standard doesn't list: proves nothing, ask again
    person,  ///< 0119H, 0122H: the destination cannot keep this SOP class or instance
};
Denial denial_of(std::uint16_t failure_reason);

}  // namespace broker::deliver
