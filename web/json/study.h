/// Study: a study as the API shows it, with how far it has come at each destination.
///
/// Pure functions; any thread.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string_view>

#include "outbox/views.h"

namespace web::json {

/// As a list shows it, with its state as of `now`.
boost::json::object study(const outbox::StudyView& view, outbox::Instant now);
/// How many jobs are where.
boost::json::object counts(const outbox::JobCounts& jobs);
/// "CT\\SR" as a list.
boost::json::array modalities(std::string_view joined);
boost::json::object series(const outbox::SeriesView& view);
/// At a destination that registers it: how far it is, and what it waits for.
boost::json::object registering(const outbox::RegisteringStudy& study);
boost::json::object registration_count(const outbox::RegistrationCount& count);
/// As `GET /api/v1/studies/{uid}` shows it: with its series.
boost::json::object study_with_series(const outbox::StudyView& view, outbox::Instant now);

}  // namespace web::json
