/// Whereabouts: where the configured destinations are, and who the senders are, as the rules of alarms see them.
///
/// Pure; any thread.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "broker/alarm/facts.h"
#include "broker/config/config.h"

namespace broker::alarm {

/// Whether a host is beyond the own network: not an address for private use, of this machine or of this link (RFC 1918,
/// 4193, 6598), nor a name that only a local network knows: one without a dot, or below .local, .lan, .internal and
/// the like. Other names count as outside, without being looked up: an [[uplink]] is the sure way to say it.
bool is_outside(std::string_view host);

/// In the order of the configuration.
std::vector<Whereabouts> whereabouts(const config::Config& config);

/// Rows of one name, or without one of one AE title, are one sender: an address may change. By name.
std::vector<Bringer> bringers(std::span<const outbox::SenderView> senders, const std::vector<config::Sender>& named);

}  // namespace broker::alarm
