/// CommitmentCommand: the command sets of Storage Commitment's two requests (PS3.7 10.3.1 and 10.3.5).
///
/// Pure functions; any thread. A data set follows either (commitment.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "broker/dicom/commitment.h"

namespace broker::dicom {

/// The one action of the service (PS3.4 table J.3-1), and the two events (J.3.3).
inline constexpr std::uint16_t request_storage_commitment = 1;
inline constexpr std::uint16_t all_committed = 1, some_failed = 2;

std::vector<std::byte> commitment_action_command(std::uint16_t message_id);
/// The event type says whether anything of the report failed.
std::vector<std::byte> commitment_event_command(std::uint16_t message_id, const CommitmentReport& report);

}  // namespace broker::dicom
