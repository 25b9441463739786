/// Invocation: what the commands of one call share: the common options, the console, and the way to the broker.
///
/// One thread. Must not outlive the Commands and the Console it was made with.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "broker/cli/api.h"
#include "broker/cli/instants.h"
#include "broker/cli/run.h"
#include "broker/config/load.h"

namespace broker::cli {

/// The options that every command takes, before or after its name.
struct CommonOptions {
    std::optional<std::filesystem::path> config;
    std::optional<std::filesystem::path> data;
    std::optional<std::string> url;
    std::optional<std::filesystem::path> token_file;
    std::optional<std::filesystem::path> ca_file;
    bool is_json = false;
};

class Invocation {
public:
    Invocation(const Commands& hooks, const Console& streams) : commands(hooks), console(streams) {}
    Invocation(const Invocation&) = delete;
    Invocation& operator=(const Invocation&) = delete;

    /// The way to the broker, opened at the first call: --data, --url, or the socket in the configured data folder.
    /// Throws cli::Error.
    Api& api();

    /// --data, or the data folder of the configuration. Throws cli::Error, usage: the configuration has problems.
    std::filesystem::path data_dir();

    /// The configuration without problems. Throws cli::Error, usage: it has some.
    const config::Config& config();

    /// The configuration, read once, with its problems.
    const config::Loaded& loaded();

    /// Now, and the node's zone.
    Here here();

    const Commands& commands;
    const Console& console;
    CommonOptions options;

    /// What the chosen command does, set while the arguments are understood; returns the exit code.
    std::function<int()> action;

private:
    std::unique_ptr<Api> api_;
    std::optional<config::Loaded> loaded_;
};

}  // namespace broker::cli
