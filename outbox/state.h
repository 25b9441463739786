/// The state machine of a job: its six states, its verbs, and the table of what may follow what (README.md).
///
/// The same table is rows of `job_transition` in the database, where a trigger enforces it; a test compares the two.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace outbox {

enum class State { queued, sending, uncertain, delivered, held, cancelled };

enum class Verb {
    accept,    ///< custody taken, or a job is added later
    claim,     ///< a lane takes it, before the first byte
    deliver,   ///< explicit success or warning, or found by a probe
    defer,     ///< transient failure, or proven absent
    doubt,     ///< last byte sent and no answer that proves anything, or our own crash
    ask,       ///< a probe begins
    hold,      ///< needs a person or a configuration change
    postpone,  ///< waits by design
    prepare,   ///< the blob to send was made: transcoded or edited
    confirm,   ///< later evidence added
    adopt,     ///< an operator says the destination has it
    recall,    ///< the destination denies what it accepted
    release,   ///< an operator, or the cause went away
    retry,     ///< due now
    cancel,
    resend,   ///< an operator begins another round
    recheck,  ///< what it waits for is looked for at once
    assign,   ///< its study was given an accession number
};

struct Transition {
    Verb verb;
    std::optional<State> from;  ///< nothing: the row is new
    State to;
    bool is_recorded;  ///< one history row; the others live in the attempts
};

/// Those of them that a person has, by one job or by filter.
inline constexpr std::array person_verbs{Verb::hold,   Verb::release, Verb::retry,
                                         Verb::cancel, Verb::resend,  Verb::adopt};

inline constexpr std::array transitions{
    Transition{Verb::accept, std::nullopt, State::queued, false},  // recorded by its receipt, or as "added"
    Transition{Verb::accept, std::nullopt, State::held, false},
    Transition{Verb::claim, State::queued, State::sending, false},
    Transition{Verb::deliver, State::sending, State::delivered, true},
    Transition{Verb::deliver, State::uncertain, State::delivered, true},
    Transition{Verb::defer, State::sending, State::queued, false},
    Transition{Verb::defer, State::uncertain, State::queued, false},
    Transition{Verb::doubt, State::sending, State::uncertain, true},
    Transition{Verb::ask, State::uncertain, State::uncertain, false},
    Transition{Verb::ask, State::delivered, State::delivered, false},
    Transition{Verb::hold, State::queued, State::held, true},
    Transition{Verb::hold, State::sending, State::held, true},
    Transition{Verb::hold, State::uncertain, State::held, true},
    Transition{Verb::postpone, State::queued, State::queued, false},
    Transition{Verb::prepare, State::queued, State::queued, false},
    Transition{Verb::confirm, State::delivered, State::delivered, true},
    Transition{Verb::adopt, State::held, State::delivered, true},
    Transition{Verb::recall, State::delivered, State::queued, true},
    Transition{Verb::recall, State::delivered, State::held, true},
    Transition{Verb::release, State::held, State::queued, true},
    Transition{Verb::release, State::held, State::uncertain, true},  // the cause went away, and it may have arrived
    Transition{Verb::retry, State::queued, State::queued, true},
    Transition{Verb::retry, State::uncertain, State::uncertain, true},
    Transition{Verb::cancel, State::queued, State::cancelled, true},
    Transition{Verb::cancel, State::held, State::cancelled, true},
    Transition{Verb::cancel, State::uncertain, State::cancelled, true},
    Transition{Verb::resend, State::delivered, State::queued, true},
    Transition{Verb::resend, State::cancelled, State::queued, true},
    Transition{Verb::recheck, State::queued, State::queued, true},
    Transition{Verb::assign, State::queued, State::queued, false},  // one row for the study: accession_assigned
    Transition{Verb::assign, State::held, State::held, false},
};

std::string_view to_string(State state);
std::string_view to_string(Verb verb);
std::optional<State> parse_state(std::string_view word);
std::optional<Verb> parse_verb(std::string_view word);
/// One of `person_verbs`.
std::optional<Verb> parse_person_verb(std::string_view word);

}  // namespace outbox
