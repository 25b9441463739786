/// Run: the command line of `dicom-bridge`: what it can be asked, and which parts of the program it needs for that.
#include "broker/cli/run.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>

#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/invocation.h"
#include "broker/cli/text.h"

namespace broker::cli {
namespace {

constexpr int exit_done = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

int complain(const Console& console, std::string text, int exit_code) {
    std::ranges::replace(text, '\n', ' ');
    console.err << "dicom-bridge: " << printable(text) << '\n' << std::flush;
    return exit_code;
}

void add_common_options(CLI::App& app, CommonOptions& options) {
    app.add_option("--config", options.config, "the configuration file (default /etc/dicom-bridge/bridge.toml)");
    app.add_flag("--json", options.is_json, "answer in JSON");
    auto* data = app.add_option("--data", options.data, "the data folder of a stopped broker");
    auto* url = app.add_option("--url", options.url, "the address of a broker, instead of its socket")->excludes(data);
    app.add_option("--token-file", options.token_file, "a file with the token for --url")->needs(url);
    app.add_option("--ca-file", options.ca_file, "whom to trust for an https --url")->needs(url);
}

/// What the person was typing, for "see … --help".
std::string chosen(const CLI::App& app) {
    std::string name = "dicom-bridge";
    const CLI::App* at = &app;
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().front();
        name += " " + at->get_name();
    }
    return name;
}

/// What is wrong where a command has commands of its own and was given none, or none that it has; "" otherwise.
std::string missing_command(const CLI::App& app) {
    const CLI::App* at = &app;
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().front();
    }
    std::string known;
    for (const CLI::App* each : at->get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) {
        known += (known.empty() ? "" : ", ") + each->get_name();
    }
    const auto extras = app.remaining(true);
    const auto word = std::ranges::find_if(extras, [](const std::string& each) { return !each.starts_with('-'); });
    if (known.empty() || (word == extras.end() && !extras.empty())) {
        return {};
    }
    return (word == extras.end() ? "no command given" : "there is no command " + *word) + "; use " + known;
}

int act(Invocation& invocation, bool wants_version, const CLI::App& app) {
    const Console& console = invocation.console;
    if (wants_version) {
        const std::string& version = invocation.commands.version;
        console.out << (invocation.options.is_json ? "{\"version\":\"" + version + "\"}" : "dicom-bridge " + version)
                    << '\n';
        return exit_done;
    }
    if (!invocation.action) {
        const std::string name = chosen(app);
        return complain(console, "no command given; see " + name + " --help", exit_usage);
    }
    const int exit_code = invocation.action();
    console.out << std::flush;
    // A full disk or a closed pager: what was asked for has not arrived.
    return console.out ? exit_code : complain(console, "the output could not be written", exit_failed);
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Commands& commands, const Console& console) {
    try {
        CLI::App app("One point between a hospital's scanners and everything that wants their images.", "dicom-bridge");
        Invocation invocation(commands, console);
        bool wants_version = false;
        app.fallthrough();
        app.require_subcommand(0, 1);
        app.add_flag("--version", wants_version, "say which version this is");
        add_common_options(app, invocation.options);
        for (const auto& add :
             {add_serve, add_demo, add_check, add_doctor, add_outbox, add_destination, add_study, add_sender,
              add_history, add_route, add_spool, add_reload, add_user, add_token, add_later}) {
            add(app, invocation);
        }
        try {
            // CLI11 takes them from the back.
            app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
        } catch (const CLI::CallForHelp&) {
            const CLI::App* asked = &app;
            while (!asked->get_subcommands().empty()) {
                asked = asked->get_subcommands().front();
            }
            console.out << asked->help() << std::flush;
            return exit_done;
        } catch (const CLI::ParseError& error) {
            const std::string missing = missing_command(app);
            return complain(console, (missing.empty() ? error.what() : missing) + "; see " + chosen(app) + " --help",
                            exit_usage);
        }
        return act(invocation, wants_version, app);
    } catch (const Error& error) {
        return complain(console, error.what(), error.code() == Errc::usage ? exit_usage : exit_failed);
    } catch (const std::exception& error) {
        return complain(console, error.what(), exit_failed);
    }
}

int run(int argc, char** argv, const Commands& commands) {
    std::signal(SIGPIPE, SIG_IGN);
    const Console console{std::cin,
                          std::cout,
                          std::cerr,
                          ::isatty(STDIN_FILENO) == 1,
                          ::isatty(STDOUT_FILENO) == 1,
                          ::isatty(STDERR_FILENO) == 1};
    return run(std::vector<std::string>(argv + std::min(argc, 1), argv + argc), commands, console);
}

}  // namespace broker::cli
