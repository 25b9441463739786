/// Confirm: asks the person before many jobs are changed.
#pragma once

#include <string>

#include "broker/cli/invocation.h"

namespace broker::cli {

/// True when they said yes, on the terminal or by `--yes`. `question` is shown: "hold 12 jobs?"; `means` says without
/// a terminal what it would have been: "hold means 12 jobs".
/// Throws cli::Error, usage: there is no terminal to ask on.
bool is_confirmed(const Invocation& invocation, bool is_yes, const std::string& question, const std::string& means);

/// "1 job", "12 jobs".
std::string jobs_text(const std::string& count);

}  // namespace broker::cli
