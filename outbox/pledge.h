/// Pledge: a scanner's request that we commit to keeping instances (PS3.4 J.3), and what can be answered to it.
///
/// Values without behaviour.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "outbox/ids.h"

namespace outbox {

struct PledgedInstance {
    std::string sop_instance_uid, sop_class_uid;
};

struct Pledge {
    std::string transaction_uid;
    std::string calling_ae_title, called_ae_title, address;
    std::string sender;           ///< the name of the configured sender, or ""
    bool wants_delivery = false;  ///< answered when every copy is delivered, not already when we have custody
    std::vector<PledgedInstance> instances;
};

/// A pledge that is to be reported on.
struct OpenPledge {
    PledgeId id;
    Pledge pledge;  ///< without its instances
    std::int64_t tries = 0;
    Instant asked_at, due_at;
};

/// What we can say of a pledge's instances now.
struct PledgeAnswer {
    enum class Failure {
        no_such_instance,  ///< 0112H, PS3.3 C.14.1.1
        class_differs,     ///< 0119H
        not_delivered,     ///< 0110H: given up, or damaged
    };
    struct Failed {
        PledgedInstance instance;
        Failure why;
    };
    bool is_ready = true;  ///< false: some delivery is still owed
    std::vector<PledgedInstance> committed;
    std::vector<Failed> failed;
};

}  // namespace outbox
