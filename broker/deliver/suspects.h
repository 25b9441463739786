/// Suspects: which instances break the association again and again while others pass (the poison rule).
///
/// A value; one thread at a time. It forgets at a restart, which costs a poisonous instance three more tries.
#pragma once

#include <cstdint>
#include <map>

#include "outbox/ids.h"

namespace broker::deliver {

class Suspects {
public:
    static constexpr int strikes_max = 3;
    static constexpr std::size_t kept_max = 1024;

    /// The association ended while this job was being sent. True when that is the third time and others passed since
    /// the first: the instance is the cause.
    bool struck(outbox::JobId job);
    /// This job was answered.
    void passed(outbox::JobId job);

private:
    struct Record {
        int strikes = 0;
        std::int64_t passes_before = 0;
    };
    std::map<outbox::JobId, Record> records_;
    std::int64_t passes_ = 0;
};

}  // namespace broker::deliver
