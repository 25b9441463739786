/// Study: a study as the API shows it, with how far it has come at each destination.
///
/// Pure functions; any thread.
#pragma once

#include <boost/json/object.hpp>

#include "outbox/views.h"

namespace web::json {

/// As a list shows it, with its state as of `now`.
boost::json::object study(const outbox::StudyView& view, outbox::Instant now);
boost::json::object series(const outbox::SeriesView& view);
/// As `GET /api/v1/studies/{uid}` shows it: with its series.
boost::json::object study_with_series(const outbox::StudyView& view, outbox::Instant now);

}  // namespace web::json
