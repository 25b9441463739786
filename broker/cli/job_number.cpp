/// JobNumber: the numbers of jobs as a person types them.
#include "broker/cli/job_number.h"

#include <charconv>
#include <system_error>

#include "broker/cli/error.h"

namespace broker::cli {

std::int64_t parse_job_number(const std::string& text, std::string_view what) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, code] = std::from_chars(text.data(), end, number);
    if (code != std::errc() || stopped != end || number < 1) {
        throw Error(Errc::usage, std::string(what) + ": " + text +
                                     " is not a job's number; give one from the column ID of `outbox ls`, like 12");
    }
    return number;
}

}  // namespace broker::cli
