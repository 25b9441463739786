/// Ruling: what a configuration's rules say of one instance, wherever its header was read.
///
/// Pure functions; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/config/config.h"
#include "broker/receive/rules.h"
#include "broker/route/explanation.h"

namespace broker {

/// How an instance came, or would come.
struct Arrival {
    std::string calling_ae_title, called_ae_title, address;
    std::optional<std::string> sender = {};  ///< nothing: the first [[sender]] that fits
    std::string known_as = {};               ///< the [[sender]] that it was: its certificate is not at hand any more
};

/// The rules of a configuration that may not be in force: its destinations have no number in the outbox.
std::shared_ptr<const receive::Rules> rules_to_ask(const config::Config& config);

/// What the routes are put to.
route::Facts facts_of(const receive::Rules& rules, dicom::Header header, const Arrival& arrival);

/// Whether the instance came from this destination, which then gets no job for it.
bool came_from(const receive::Rules& rules, const std::string& destination, const Arrival& arrival);

}  // namespace broker
