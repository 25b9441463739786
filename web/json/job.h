/// Job: a job and its instance as the API shows them.
///
/// Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>

#include "outbox/views.h"

namespace web::json {

boost::json::object instance(const outbox::InstanceView& view);
/// As a series lists it: without what is of the whole study.
boost::json::object instance_of_series(const outbox::InstanceView& view);

/// As a list shows it: `attempts` is their number.
boost::json::object job(const outbox::JobView& view);
/// As `GET /api/v1/jobs/{id}` shows it: `attempts` are the attempts themselves, oldest first.
boost::json::object job_with_attempts(const outbox::JobView& view);

}  // namespace web::json
