/// BrokerState: what only the running broker knows and the database doesn't; web declares it, the broker implements it.
///
/// Any thread, several at once; every function returns at once, without touching disk or network: /readyz asks it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outbox/ids.h"
#include "outbox/views.h"
#include "web/measured.h"

namespace web {

/// The node, as pages and the history name it. Fixed for the process's life.
struct Node {
    std::string name;
    std::string version;
    std::string timezone;                       ///< IANA name: what pages show times in
    std::optional<outbox::Instant> started_at;  ///< nothing: it isn't running
};

/// Whether scanners are being accepted.
struct Receive {
    bool is_accepting = false;
    std::optional<outbox::Instant> since;  ///< accepting, or not, since then
    std::string why;                       ///< not accepting: the reason in words; else ""
    std::int64_t associations_open = 0;
    /// Instances and associations turned away, those of earlier runs included; nothing: what the history counts.
    std::optional<std::int64_t> refused = {};
};

enum class SpoolState { ok, warn, refusing };

struct Space {
    std::int64_t free_bytes = 0;   ///< of the file system
    std::int64_t total_bytes = 0;  ///< of the file system
    SpoolState state = SpoolState::ok;
    std::optional<outbox::Instant> full_at;  ///< at the present rate; nothing: not foreseen
    /// What of the kept bytes grows, by why they are kept: the most comes first.
    struct Growth {
        std::string reason;
        std::int64_t bytes_per_day = 0;
    };
    std::vector<Growth> growing = {};
};

enum class Breaker { closed, open, half_open };

struct Lane {
    Breaker breaker = Breaker::closed;
    std::optional<double> rate;             ///< instances per second, over the last minutes
    std::optional<outbox::Instant> eta;     ///< caught up then; nothing: not known, or never at this rate
    std::vector<std::int64_t> recent = {};  ///< instances delivered in each of the last minutes, oldest first
};

/// A certificate that this node shows to others.
struct Certificate {
    std::string where;  ///< "dicom.tls", "destination pacs-a"
    std::string subject;
    outbox::Instant not_after;
};

class BrokerState {
public:
    BrokerState() = default;
    BrokerState(const BrokerState&) = delete;
    BrokerState& operator=(const BrokerState&) = delete;
    virtual ~BrokerState() = default;

    virtual Node node() const = 0;
    virtual Receive receive() const = 0;
    virtual Space space() const = 0;
    /// Of a destination, which the caller has just looked up; nothing where it has no lane.
    virtual std::optional<Lane> lane(const outbox::DestinationView& destination) const = 0;
    virtual std::vector<Certificate> certificates() const { return {}; }
    /// For /metrics. Takes short locks.
    virtual Measured measured() const { return {}; }
    /// The configured name that fits a sender by now; "" where none does.
    virtual std::string sender_name(const outbox::SenderView& sender) const { return sender.name; }
};

}  // namespace web
