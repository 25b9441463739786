/// Names: where an instance goes in a folder destination: study/series/instance.dcm, out of UIDs only.
///
/// Pure functions; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "outbox/job.h"

namespace broker::deliver {

/// The UID itself when it is of digits and dots, 64 at most, and not of dots alone; otherwise the SHA-256 of its text.
/// Never empty, never "." or "..", never with a separator.
std::string folder_name(std::string_view uid);

/// Relative to the destination's path. An instance without a study (a non-patient object) goes to "no-study", one
/// without a series to "no-series". The second version of an instance ends in "_v2", and so on.
std::filesystem::path place_of(const outbox::ClaimedJob& job);

}  // namespace broker::deliver
