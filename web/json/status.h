/// Status: how everything stands, from what the database counts and what the running broker knows.
///
/// Pure functions; any thread. Nothing in it moves with the clock alone but `recent`, once a minute, so an unchanged
/// status has unchanged bytes.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>

#include "outbox/views.h"
#include "web/broker_state.h"

namespace web::json {

boost::json::object status(const outbox::StatusView& view, const BrokerState& broker, outbox::Instant now);

/// The status for somebody elsewhere: without the words that a person gave for a pause, which may be about a patient.
boost::json::object heartbeat(const outbox::StatusView& view, const BrokerState& broker, outbox::Instant now);

/// `spool` of the status.
boost::json::object spool(const outbox::KeptBytes& kept, const Space& space);

/// `lane`: nothing where the destination has none (it left the configuration, or the broker is stopped).
boost::json::object destination(const outbox::DestinationView& view, const std::optional<Lane>& lane,
                                outbox::Instant now);

/// Of the calls to a destination's webhook.
boost::json::object webhook(const outbox::WebhookView& view);

/// `name`: the configured one that fits by now, or "": then it is new.
boost::json::object sender(const outbox::SenderView& view, const std::string& name);

/// What somebody should look at: {name, subject, since, count, text, hint}.
boost::json::array alarms(const std::vector<outbox::AlarmView>& raised);

}  // namespace web::json
