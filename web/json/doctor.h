/// Doctor: what an examination found, step by step.
///
/// Pure; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <vector>

#include "web/doctor.h"

namespace web::json {

/// {ok, steps: [{subject, step, result, text, hint}]}; `ok`: no result is "failed".
boost::json::object examination(const std::vector<Diagnosis>& found);

}  // namespace web::json
