/// Routes: everything that can be asked of this version, as one table.
#pragma once

#include <vector>

#include "web/parsed.h"
#include "web/router.h"

namespace web::api {

/// The API and the pages.
std::vector<Route> routes();

// The handlers, by file.

Response healthz(const Request& request, const Deps& deps);  ///< health.cpp
Response readyz(const Request& request, const Deps& deps);
Response status(const Request& request, const Deps& deps);  ///< status.cpp
Response node(const Request& request, const Deps& deps);
Response spool(const Request& request, const Deps& deps);
Response senders(const Request& request, const Deps& deps);
Response alarms(const Request& request, const Deps& deps);
Response follow_events(const Request& request, const Deps& deps);  ///< events.cpp
Response outbox_ages(const Request& request, const Deps& deps);    ///< ages.cpp
Response metrics(const Request& request, const Deps& deps);        ///< metrics.cpp
Response jobs(const Request& request, const Deps& deps);           ///< jobs.cpp
Response job(const Request& request, const Deps& deps);
Response act_on_job(const Request& request, const Deps& deps);
Response act_on_jobs(const Request& request, const Deps& deps);   ///< actions.cpp
Response destinations(const Request& request, const Deps& deps);  ///< destinations.cpp
Response destination(const Request& request, const Deps& deps);
Response pause(const Request& request, const Deps& deps);  ///< lanes.cpp
Response resume(const Request& request, const Deps& deps);
Response echo(const Request& request, const Deps& deps);
Response backfill(const Request& request, const Deps& deps);  ///< refill.cpp
Response move(const Request& request, const Deps& deps);
Response send_study(const Request& request, const Deps& deps);
Response studies(const Request& request, const Deps& deps);  ///< studies.cpp
Response study(const Request& request, const Deps& deps);
Response verify_study(const Request& request, const Deps& deps);
Response recheck_study(const Request& request, const Deps& deps);
Response adopt_study(const Request& request, const Deps& deps);
Response assign_accession(const Request& request, const Deps& deps);  ///< assigning.cpp
Response registrations(const Request& request, const Deps& deps);     ///< registrations.cpp
Response registration_summary(const Request& request, const Deps& deps);
Response registrations_csv(const Request& request, const Deps& deps);
Response reconciliation(const Request& request, const Deps& deps);  ///< reconciliation.cpp
Response reconciliation_csv(const Request& request, const Deps& deps);
Response openapi(const Request& request, const Deps& deps);   ///< openapi.cpp
Response unrouted(const Request& request, const Deps& deps);  ///< instances.cpp
Response instance(const Request& request, const Deps& deps);
Response series(const Request& request, const Deps& deps);            ///< series.cpp
Response instance_windows(const Request& request, const Deps& deps);  ///< windows.cpp
Response configuration(const Request& request, const Deps& deps);     ///< configuration.cpp
Response reload_configuration(const Request& request, const Deps& deps);
Response instance_routes(const Request& request, const Deps& deps);  ///< explain.cpp
Response explain_routes(const Request& request, const Deps& deps);
Response diff_routes(const Request& request, const Deps& deps);  ///< route_diff.cpp
Response doctor(const Request& request, const Deps& deps);       ///< doctor.cpp
Response history(const Request& request, const Deps& deps);      ///< history.cpp
Response verify_history(const Request& request, const Deps& deps);
Response history_csv(const Request& request, const Deps& deps);  ///< export.cpp
Response history_jsonl(const Request& request, const Deps& deps);

Response login(const Request& request, const Deps& deps);  ///< login.cpp
Response logout(const Request& request, const Deps& deps);
Response setup(const Request& request, const Deps& deps);
Response change_own_password(const Request& request, const Deps& deps);
Response users(const Request& request, const Deps& deps);  ///< users.cpp
Response add_user(const Request& request, const Deps& deps);
Response set_password(const Request& request, const Deps& deps);
Response remove_user(const Request& request, const Deps& deps);
Response tokens(const Request& request, const Deps& deps);  ///< tokens.cpp
Response add_token(const Request& request, const Deps& deps);
Response remove_token(const Request& request, const Deps& deps);

/// 503: more passwords are being hashed than are hashed at once (login.cpp).
Response too_many_at_once();

/// What is wrong with the name or the password of somebody who is to be added (login.cpp).
std::optional<Fault> fault_of_new_user(std::string_view name, std::string_view password);

}  // namespace web::api
