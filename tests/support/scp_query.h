/// ScpQuery: what a StorageScp answers to C-FIND (PS3.4 C.4.1).
///
/// Any thread. Must outlive the StorageScp whose script it serves.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/storage_scp.h"

namespace support {

struct QueryScript {
    /// SOP Instance UIDs that are answered as matches, each in a pending response; "asked": the one that was asked for.
    std::vector<std::string> matches;
    std::uint16_t status = 0;        ///< of the final response
    std::uint16_t pending = 0xFF00;  ///< of those before
    bool wrong_id = false;           ///< answers another Message ID
    bool closes_after_matches = false;
};

class ScpQuery {
public:
    explicit ScpQuery(QueryScript script) : script_(std::move(script)) {}
    /// For Script::other.
    void serve(const OtherMessage& message);
    /// The identifiers that came, as bytes.
    std::vector<std::string> identifiers() const;

private:
    const QueryScript script_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::vector<std::string> identifiers_;
};

}  // namespace support
