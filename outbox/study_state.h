/// StudyState: how a study stands as a whole, as one word: a label for people, never a gate for its jobs.
///
/// A pure function; any thread.
#pragma once

#include <string_view>

#include "outbox/views.h"

namespace outbox {

/// The first that is true counts, in this order.
enum class StudyState {
    needs_a_person,  ///< a job is held
    arriving,        ///< a job waits until nothing more comes, or something came within `arriving_for`
    unrouted,        ///< an instance has no job at all
    delivering,      ///< a job is queued, sending or uncertain
    delivered,
    cancelled,  ///< nothing is owed any more, and nothing was delivered
};

/// How long after its last new instance a study still counts as arriving.
inline constexpr std::chrono::minutes arriving_for{1};

StudyState state_of(const StudyView& study, Instant now);

std::string_view to_string(StudyState state);

}  // namespace outbox
