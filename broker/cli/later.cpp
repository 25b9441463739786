/// Commands whose names are fixed and that this version doesn't have: they say so.
#include <CLI/CLI.hpp>
#include <string>

#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/invocation.h"

namespace broker::cli {

void add_later(CLI::App& app, Invocation& invocation) {
    for (const std::string name : {"backup", "restore"}) {
        auto* command = app.add_subcommand(name);
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
}

}  // namespace broker::cli
