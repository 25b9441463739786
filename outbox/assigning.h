/// Assigning: what a person gave a study for one destination, put behind what a job's route edits.
///
/// One thread, the Outbox's, inside a transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "outbox/registration.h"
#include "outbox/writer.h"

namespace outbox {

/// What a job edits, as its row names it.
struct JobEdits {
    std::optional<std::int64_t> edit;
    bool is_assigned = false;                ///< a number is in them that was assigned
    std::optional<std::int64_t> route_edit;  ///< then: those of its route alone
};

/// What a new job edits: `route_edits` ("": none), and then what is assigned to its study there.
JobEdits edits_of(Writer& writer, const StudyAt& study, std::string_view route_edits);

/// Gives every job of the study there that may still change what is assigned to it; how many they are.
std::int64_t assign_all(Writer& writer, const StudyAt& study, const Actor& actor, Instant now);

/// Likewise one job that goes again after it was given up.
void assign_again(Writer& writer, JobId job, const Actor& actor, Instant now);

}  // namespace outbox
