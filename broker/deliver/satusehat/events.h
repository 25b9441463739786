/// Events: what the platform said, or that it said nothing, as the lane's classification takes it.
///
/// Pure; any thread.
#pragma once

#include "broker/deliver/classification.h"
#include "broker/deliver/satusehat/platform.h"

namespace broker::deliver::satusehat {

/// What was heard while nothing of an instance was on its way: for the lane, nothing is in doubt.
Event event_of(const Heard& heard);

/// What was heard of the upload of an instance.
Event event_of_upload(const Heard& heard);

}  // namespace broker::deliver::satusehat
