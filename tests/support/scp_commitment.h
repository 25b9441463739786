/// ScpCommitment: how a StorageScp commits (N-ACTION, and reports on the same association), or takes reports as a
/// scanner does.
///
/// Any thread. Must outlive the StorageScp whose script it serves.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/commitment_bytes.h"
#include "tests/support/storage_scp.h"

namespace support {

/// One report that is sent: when, and about what. The transaction is the one that was asked for, unless it is named.
struct Report {
    std::string transaction_uid;
    std::vector<Named> committed, failed;
    bool is_malformed = false;
};

struct CommitmentScript {
    std::uint16_t status = 0;           ///< of the N-ACTION-RSP
    std::vector<Report> before, after;  ///< sent before and behind it, without waiting for what answers them
    bool closes_after_request = false;  ///< without an N-ACTION-RSP
    bool closes_after_response = false;
    std::uint16_t event_status = 0;  ///< as a scanner: of the N-EVENT-REPORT-RSP
    bool answers_another = false;    ///< likewise: with another Message ID
};

class ScpCommitment {
public:
    explicit ScpCommitment(CommitmentScript script) : script_(std::move(script)) {}
    /// For Script::other.
    void serve(const OtherMessage& message);

    /// What came: the command set and data set of each request, and the statuses that answered our reports.
    struct Seen {
        std::string command, data_set;
        bool is_implicit = false;
    };
    std::vector<Seen> requests() const;
    std::vector<std::uint16_t> answers() const;

private:
    void serve_request(const OtherMessage& message);
    void send(const OtherMessage& message, const Report& report);

    const CommitmentScript script_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::vector<Seen> requests_;
    std::vector<std::uint16_t> answers_;
};

}  // namespace support
