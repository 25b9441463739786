/// `serve`: runs the broker.
#include <CLI/CLI.hpp>

#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/invocation.h"

namespace broker::cli {

void add_serve(CLI::App& app, Invocation& invocation) {
    auto* serve = app.add_subcommand("serve", "run the broker");
    serve->callback([&invocation] {
        invocation.action = [&invocation] {
            if (invocation.options.data || invocation.options.url) {
                throw Error(Errc::usage,
                            "serve takes its data folder from the configuration; leave out --data and --url");
            }
            return invocation.commands.serve({.config = invocation.options.config});
        };
    });
}

}  // namespace broker::cli
