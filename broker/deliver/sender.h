/// Sender: one connection of a lane to its destination, whatever its kind: opened, used for many instances, closed.
///
/// One thread at a time, save `interrupt`. A sender that is destroyed closes its connection without waiting for the
/// peer. No function throws because of the peer, the network or the destination's disk: what happened is an Event.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/deliver/classification.h"
#include "outbox/job.h"
#include "spool/error.h"
#include "spool/reader.h"

namespace broker::deliver {

/// What a destination has to agree to before an instance can be sent.
struct Pair {
    std::string sop_class_uid, transfer_syntax_uid;
    auto operator<=>(const Pair&) const = default;
};

/// Pairs that one association proposes at most: of the 128 contexts of PS3.8 9.3.2.2, half are kept for fallbacks.
inline constexpr std::size_t pairs_max = 64;

/// With them and the pair of Verification the contexts are used up.
inline constexpr std::size_t fallbacks_max = 62;

struct Opening {
    std::vector<Pair> pairs;        ///< at most pairs_max
    std::string calling_ae_title;   ///< of the instances' sender, used where the destination wants it passed on
    std::vector<Pair> fallbacks{};  ///< proposed as well, at most fallbacks_max: what it takes where it refuses those
    bool operator==(const Opening&) const = default;
};

/// What became of one instance.
struct Sent {
    Event event;
    std::int64_t bytes = 0;                                  ///< of the data set, that left
    std::optional<std::int32_t> status = {};                 ///< the peer's, where it answered
    std::string comment = {};                                ///< the peer's words: stored and shown, never logged
    outbox::Evidence evidence = outbox::Evidence::response;  ///< of an event that is a delivery
};

/// What it means that the blob could not be opened or read: only what is gone or wrong is damage.
inline Event blob_failure(const spool::Error& error) {
    const bool is_damage = error.code() == spool::Errc::damaged || error.code() == spool::Errc::not_found;
    return {is_damage ? Happening::damaged : Happening::unreadable, 0, false};
}

class Sender {
public:
    virtual ~Sender() = default;

    /// Connects and negotiates. Nothing: it is open, though single pairs may have been refused.
    virtual std::optional<Event> open(const Opening& opening) = 0;
    virtual bool is_open() const = 0;

    /// True when an open sender has asked its peer about this job's needs, with whatever answer; false: open again.
    virtual bool covers(const outbox::ClaimedJob& job) const = 0;
    /// True when the peer of an open sender accepted the pair.
    virtual bool takes(const Pair&) const { return true; }
    /// True when it refused just the pair's transfer syntax (PS3.8 9.3.3.2, result 4).
    virtual bool refuses_syntax(const Pair&) const { return false; }
    /// Sends one covered instance, or finds that the peer refused its pair. Afterwards the sender may be closed.
    virtual Sent send(const outbox::ClaimedJob& job, spool::Reader blob) = 0;

    /// Asks an open peer for a sign of life (C-ECHO). Nothing: it gave one, or has no way to.
    virtual std::optional<Event> verify() = 0;

    /// Takes leave of the peer; waits for it no longer than `release_timeout`. Legal at any time.
    virtual void close() = 0;

    /// Any thread: makes what runs now end soon, as if the network had failed. For good.
    virtual void interrupt() = 0;
};

}  // namespace broker::deliver
