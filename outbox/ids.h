/// The identities and the instant that the outbox's values are made of: each its own type, with no implicit way in or
/// out.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace outbox {

/// A row's number in its table.
template <class Row>
struct Id {
    std::int64_t value = 0;
    auto operator<=>(const Id&) const = default;
};

using GenerationId = Id<struct GenerationRow>;    ///< one run of the broker's process
using AssociationId = Id<struct AssociationRow>;  ///< one inbound association
using InstanceId = Id<struct InstanceRow>;        ///< one version of a SOP Instance
using DestinationId = Id<struct DestinationRow>;
using JobId = Id<struct JobRow>;
using AttemptId = Id<struct AttemptRow>;
using StudyId = Id<struct StudyRow>;    ///< the summary of one study
using PledgeId = Id<struct PledgeRow>;  ///< a scanner's request for storage commitment

/// SHA-256 of a blob: to the outbox 32 opaque bytes.
using Digest = std::array<std::byte, 32>;

/// Wall time in UTC with milliseconds. Always an argument: the outbox reads no clock.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

}  // namespace outbox
