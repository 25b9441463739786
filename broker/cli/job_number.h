/// JobNumber: the numbers of jobs as a person types them.
///
/// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace broker::cli {

/// The number that `text` is, from 1 on. `what` begins the error's line ("outbox show").
/// Throws cli::Error, usage: anything but digits, or more than a job's number can be.
std::int64_t parse_job_number(const std::string& text, std::string_view what);

}  // namespace broker::cli
