/// Suspects: which instances break the association again and again while others pass (the poison rule).
///
/// A value; one thread at a time. It forgets at a restart, which costs a poisonous instance three more tries.
#pragma once

#include <cstdint>
#include <map>

#include "broker/config/config.h"
#include "outbox/ids.h"

namespace broker::deliver {

class Suspects {
public:
    /// `strikes_max` and `suspects_max` of the limits.
    explicit Suspects(const config::Delivery& limits);

    /// The association ended while this job was being sent. True when that is the last time it may and others passed
    /// since the first: the instance is the cause. Beyond `suspects_max` the oldest job is forgotten.
    bool struck(outbox::JobId job);
    /// The destination answered this job as if it could take nothing. True once that happened so often, and others
    /// passed since: it is this instance that it doesn't take. Until it passes.
    bool refused(outbox::JobId job);
    /// True when hardly any other was refused, of those that were answered since this one was for the first time: then
    /// it is not the destination that is half broken. For a job that `refused` counted.
    bool is_alone(outbox::JobId job) const;
    /// This job was answered.
    void passed(outbox::JobId job);

private:
    bool count(outbox::JobId job);

    struct Record {
        unsigned strikes = 0;
        std::int64_t passes_before = 0;
        std::int64_t refusals_before = 0;  ///< of others and this one
    };
    const unsigned strikes_max_;
    const std::size_t kept_max_;
    std::map<outbox::JobId, Record> records_;
    std::int64_t passes_ = 0, refusals_ = 0;
};

}  // namespace broker::deliver
