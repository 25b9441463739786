/// Judgement: from what a sender saw of one job to what the books are told about it.
///
/// Pure functions; any thread.
#pragma once

#include "broker/deliver/backoff.h"
#include "broker/deliver/lane_books.h"
#include "broker/deliver/sender.h"

namespace broker::deliver {

struct JudgedAt {
    outbox::Instant now;
    double jitter = 0;  ///< in [0, 1)
    BackoffPolicy backoff;
};

/// The entry for a ruling that is already exhausted where it is (`exhaust`). A verdict about the destination leaves the
/// job queued and due now: it is the lane that waits.
Entry entry_for(const outbox::ClaimedJob& job, const Sent& sent, const Ruling& ruling, const JudgedAt& at);

/// The entry for a job that was claimed and not begun: queued again, due now.
Entry handed_back(const outbox::ClaimedJob& job, outbox::Instant now);

/// "status 0xC000: the destination cannot understand the data set (SOP class …, transfer syntax …)": ours, without a
/// peer's words, so that it may be logged.
std::string explain(const Event& event, const Ruling& ruling);

/// True when the event says that the association, or the way to the destination, is gone, rather than that an answer
/// came.
bool is_interruption(const Event& event);

}  // namespace broker::deliver
