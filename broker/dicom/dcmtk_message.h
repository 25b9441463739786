/// Fragments of DIMSE messages, in and out of a DCMTK association, below DCMTK's own DIMSE layer.
///
/// One thread at a time per association. DCMTK's upper layer keeps the PDUs in order; its DIMSE layer is not used,
/// since it refuses transfer syntaxes that it doesn't know and parses what peers send by recursion. Deadlines and byte
/// counts are those of the association's SocketControl.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

struct T_ASC_Association;

namespace broker::dicom {

/// One PDV (PS3.8 9.3.5.1). The bytes stay where they are until the next read.
struct Fragment {
    std::uint8_t context = 0;  ///< presentation context id
    bool is_command = false;
    bool is_last = false;
    std::span<const std::byte> bytes;
};

enum class Arrival {
    message,            ///< a fragment, or a whole command set
    nothing_yet,        ///< in the time that was given
    release_requested,  ///< acknowledge it
    aborted,            ///< by the peer
    ended,              ///< the connection ended, by the SocketControl's rules or the peer's doing
    malformed,          ///< the peer breaks the protocol: abort
};

/// Waits for the next PDV.
Arrival read_fragment(T_ASC_Association& association, Fragment& into);

struct CommandBytes {
    std::uint8_t context = 0;
    std::vector<std::byte> bytes;
};

/// Waits for a whole command set of at most 64 KiB, all in one context; for its first byte no longer than `patience`,
/// where that is given.
Arrival read_command(T_ASC_Association& association, CommandBytes& into,
                     const std::optional<std::chrono::seconds>& patience = {});

/// Writes one command set or a piece of a data set, cut into PDUs as the peer's maximum wants it. False when the
/// connection ended. `is_last` marks the end of this command or data set.
bool write_fragment(T_ASC_Association& association, const Fragment& fragment);

}  // namespace broker::dicom
