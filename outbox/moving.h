/// Moving: what a person's move and a failover have in common.
///
/// One thread, the Outbox's, inside a transaction.
#pragma once

#include <optional>
#include <string>

#include "outbox/writer.h"

namespace outbox {

/// What a move must know of the job that it begins with.
struct Leaving {
    InstanceId instance;
    State state;
    Priority priority;
    DestinationId destination;
    std::optional<DestinationId> stands_in_for;
    bool is_waiting;
    std::string edits;
    Reason reason;
};

std::optional<Leaving> leaving(Writer& writer, JobId job);

/// The job that a destination has for the instance already.
struct Present {
    JobId job;
    State state;
    std::string edits;
    bool was_standing_in;  ///< and was given up by the machine
};

std::optional<Present> present(Writer& writer, InstanceId instance, DestinationId destination);

/// As `there`, with what goes with the job wherever it goes: its priority and its edits.
PlannedJob promise_of(const Leaving& from, PlannedJob there);

/// Whether the destination will get, or has, the instance when this returns true: by a new job, by the one that it has,
/// or by another round of one that was given up and has the same edits.
bool is_promised(Outbox& outbox, Writer& writer, const Leaving& from, const PlannedJob& there, const Actor& actor,
                 Instant now);

/// Another round of a job, with another priority, or standing in for another destination.
struct Round {
    std::optional<Priority> priority = {};  ///< nothing: as before
    std::optional<DestinationId> stands_in_for = {};
};

Applied begin_round(Writer& writer, JobId job, const Round& round, const Actor& actor, Instant now);

/// The other half: the job is queued, held or uncertain.
Applied give_up(Outbox& outbox, JobId job, const Actor& actor, Instant now);

}  // namespace outbox
