/// Findings: what a destination said of an instance, brought into the books.
///
/// Each function is one piece of a commit, on the committer's thread, inside its transaction. An answer that comes too
/// late, of an older probe or round, changes no job; a commitment's answer is kept all the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/config/config.h"
#include "broker/deliver/asker.h"
#include "outbox/outbox.h"

namespace broker::deliver {

struct Found {
    outbox::JobId job;
    outbox::AttemptId attempt;          ///< the probe
    outbox::DestinationId destination;  ///< its books fill it in
    Finding finding = Finding::unknown;
    bool needs_person = false;  ///< an `unknown` that asking again will not change
    outbox::Evidence evidence = outbox::Evidence::query;
    std::optional<std::int32_t> status;
    std::string text;              ///< ours
    outbox::Instant ask_again_at;  ///< where it isn't settled by this
};

/// Present: delivered, or confirmed. Absent, and so often that it is proven: queued again, or recalled. Else the probe
/// ends, and the next one is due at `ask_again_at`. False: the probe is stale.
bool record_finding(outbox::Outbox& outbox, const Found& found, const config::Delivery& limits, outbox::Instant now);

/// The report on a storage commitment. Nothing: the transaction was never ours, or not this destination's. Otherwise
/// how many jobs it changed: none where it is repeated or late.
std::optional<std::size_t> record_report(outbox::Outbox& outbox, const dicom::CommitmentReport& report,
                                         const std::optional<outbox::DestinationId>& from,
                                         const config::Delivery& limits, outbox::Instant now);

}  // namespace broker::deliver
