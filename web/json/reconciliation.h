/// Reconciliation: what was received and what became of it, as the API and the file show it.
///
/// Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "outbox/reconciliation.h"

namespace web::json {

boost::json::object reconciliation(const outbox::Reconciliation& result, const outbox::ReconciliationFilter& filter);

/// One count per line: what, destination, state, reason, study_instance_uid, accession_number, modalities, received_at,
/// count.
std::string reconciliation_csv(const outbox::Reconciliation& result);

}  // namespace web::json
