/// PasswordPrompt: a password from a person, not shown while it is typed, or from a program.
#pragma once

#include <string>

#include "broker/cli/invocation.h"

namespace broker::cli {

/// `is_from_stdin`: the first line of the standard input. Else asked for twice on the terminal, without an echo.
/// Throws cli::Error, usage: there is no terminal, nothing was typed, or the two differ.
std::string ask_password(const Invocation& invocation, bool is_from_stdin, const std::string& user);

}  // namespace broker::cli
