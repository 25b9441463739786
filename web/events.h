/// Events: the words that a row of the history can have for what happened (outbox/README.md, History).
///
/// The list only grows: what older versions recorded stays findable. A test compares it with what is recorded.
#pragma once

#include <array>
#include <string_view>

namespace web {

inline constexpr std::array<std::string_view, 53> events{
    // of instances and jobs
    "received", "added", "delivered", "doubted", "held", "confirmed", "adopted", "recalled", "released", "retried",
    "cancelled", "resent", "rechecked", "damaged", "purged", "committed", "edited",
    // of destinations
    "paused", "resumed", "echoed", "test_sent", "destination_failing", "destination_held", "destination_recovered",
    "backfill", "failover_begun", "failover_ended", "order_found", "registered", "registration_forgotten",
    "accession_assigned", "webhook_told", "webhook_failing",
    // of the broker
    "started", "stopped", "configuration", "refused", "alarm_raised", "alarm_cleared", "alarm_told", "alarm_untold",
    "alarms_untold_dropped", "heartbeat_failing", "heartbeat_recovered",
    // of those who use pages and API
    "user_added", "user_removed", "password_changed", "token_added", "token_removed", "logged_in", "logged_out",
    "login_failed", "looked"};

}  // namespace web
