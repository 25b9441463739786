/// LaneContext: what all workers of a lane share, and what they use.
#pragma once

#include <functional>
#include <memory>

#include "broker/clock.h"
#include "broker/config/config.h"
#include "broker/deliver/clerk.h"
#include "broker/deliver/gate.h"
#include "broker/deliver/lane_studies.h"
#include "broker/deliver/lane_workshop.h"
#include "broker/deliver/sender.h"
#include "spool/reader.h"

namespace broker::deliver {

using MakeSender = std::function<std::unique_ptr<Sender>()>;
/// Throws spool::Error.
using OpenBlob = std::function<spool::Reader(const spool::Digest&)>;

/// What all workers of a lane use; it outlives them.
struct LaneContext {
    const config::Destination& destination;
    const config::Delivery& delivery;
    const Clock& clock;
    LaneBooks& books;
    Gate& gate;
    Clerk& clerk;
    LaneStudies& studies;
    const MakeSender& make_sender;
    const OpenBlob& open_blob;
    LaneWorkshop& workshop;
    std::function<void()> wake;  ///< everybody: there may be something to do again
};

}  // namespace broker::deliver
