/// DIMSE statuses that we answer with (PS3.7 Annex C, PS3.4 B.2.3), and the one place that turns a failure of ours into
/// one.
///
/// Pure functions; any thread.
#pragma once

#include <cstdint>

#include "spool/error.h"

namespace broker::dicom::status {

inline constexpr std::uint16_t success = 0x0000;
inline constexpr std::uint16_t processing_failure = 0x0110;
inline constexpr std::uint16_t no_such_sop_instance = 0x0112;
inline constexpr std::uint16_t no_such_event_type = 0x0113;
inline constexpr std::uint16_t invalid_argument_value = 0x0115;
inline constexpr std::uint16_t no_such_sop_class = 0x0118;
inline constexpr std::uint16_t no_such_action = 0x0123;
inline constexpr std::uint16_t unrecognized_operation = 0x0211;
inline constexpr std::uint16_t resource_limitation = 0x0213;
inline constexpr std::uint16_t out_of_resources = 0xA700;
inline constexpr std::uint16_t data_set_does_not_match = 0xA900;
inline constexpr std::uint16_t cannot_understand = 0xC000;

/// What a C-STORE is answered when the spool or the outbox failed. Whatever the sender can try again later is "out of
/// resources", the one failure that every sender takes for a transient one (PS3.4 B.2.3).
std::uint16_t of(spool::Errc code);

}  // namespace broker::dicom::status
