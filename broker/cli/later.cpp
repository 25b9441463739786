/// Commands whose names are fixed and that this version doesn't have: they say so.
#include <CLI/CLI.hpp>

#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/invocation.h"

namespace broker::cli {

void add_unavailable(CLI::App& app, Invocation& invocation, const std::string& name) {
    const auto space = name.rfind(' ');
    auto* command = app.add_subcommand(space == std::string::npos ? name : name.substr(space + 1));
    // Out of the help, and whatever follows the name gets the same answer.
    command->group("");
    command->fallthrough(false);
    command->prefix_command();
    command->callback([&invocation, name] {
        invocation.action = [name]() -> int {
            throw Error(Errc::usage, "`" + name + "` is not available in this version");
        };
    });
}

void add_later(CLI::App& app, Invocation& invocation) {
    for (const char* name : {"backup", "restore", "user", "token"}) {
        add_unavailable(app, invocation, name);
    }
}

}  // namespace broker::cli
