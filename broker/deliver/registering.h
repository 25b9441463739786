/// Registering: what a lane does for whole studies at a destination that wants to be told of a study before its
/// instances come.
///
/// One thread at a time, save `interrupt`. What `look` did is in the books when it returns. It throws Stopped and
/// outbox::Error, and nothing because of the destination or the network.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "broker/deliver/classification.h"
#include "outbox/ids.h"

namespace broker::deliver {

class Registering {
public:
    Registering() = default;
    Registering(const Registering&) = delete;
    Registering& operator=(const Registering&) = delete;
    virtual ~Registering() = default;

    struct Look {
        bool has_looked = false;            ///< a study was due
        bool is_busy = false;               ///< somebody else is at it: nothing is known
        std::optional<Event> trouble = {};  ///< the lane must stop for now, whatever is due
    };
    /// Takes one study that is due as far as it goes. Afterwards its jobs may be claimed, or wait, or are held.
    virtual Look look(outbox::Instant now) = 0;

    /// Any thread: makes what runs now end soon, as if the network had failed. For good.
    virtual void interrupt() = 0;
};

/// Of the destination with this number; null where its kind registers nothing.
using MakeRegistering = std::function<std::unique_ptr<Registering>(outbox::DestinationId)>;

}  // namespace broker::deliver
