/// Preparation: which jobs need another blob before a destination can take them, and in which transfer syntax.
///
/// Pure functions; any thread. The instance's own blob stays what it was: the other one is made beside it, for one job.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "broker/config/destination.h"
#include "broker/deliver/sender.h"
#include "outbox/views.h"

namespace broker::deliver {

/// What an open association accepts.
using Takes = std::function<bool(const Pair&)>;
/// Whether the one transfer syntax can be made of the other.
using CanMake = std::function<bool(std::string_view from, std::string_view to)>;

/// The pairs that are proposed beside the stored ones, so that a destination that refuses those can say what it takes:
/// Explicit and Implicit VR Little Endian, where the configuration allows to send decompressed.
std::vector<Pair> fallbacks_of(std::span<const Pair> pairs, const config::Destination& destination);

/// In which transfer syntax an instance can be sent whose own the destination refuses; nothing: in none, or it isn't
/// allowed.
std::optional<std::string> fallback_for(const Pair& refused, const config::Destination& destination, const Takes& takes,
                                        const CanMake& can_make);

/// The transfer syntax for thin links: what is stored uncompressed goes compressed, where the configuration says so.
std::optional<std::string> compression_for(const outbox::DueJob& job, const config::Destination& destination,
                                           const CanMake& can_make);

}  // namespace broker::deliver
