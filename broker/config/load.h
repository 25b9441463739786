/// Load: a configuration file, its conf.d and the environment become one checked Config, or the list of all that is
/// wrong.
///
/// Reads files and the environment when called and keeps nothing; any thread, as long as none changes the environment.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/config.h"
#include "broker/config/problem.h"

namespace broker::config {

struct Loaded {
    std::optional<Config> config;              ///< present exactly where there are no problems
    std::vector<Problem> problems;             ///< every one, in the order of files and lines
    std::vector<Problem> notices;              ///< what is accepted and has no effect yet; no reason to stop
    std::vector<std::filesystem::path> files;  ///< all that was read
    bool is_default = false;                   ///< no file at all: the embedded defaults, which `serve` says loudly
};

inline constexpr const char* default_path = "/etc/dicom-bridge/bridge.toml";

/// Reads `path` and `conf.d/*.toml` beside it, in the order of their names. A file that is absent, too large or not
/// TOML is a problem. A relative path in a file counts from that file's folder. Secrets are not read, only their names.
Loaded load(const std::filesystem::path& path);

/// As `load`, of a text that somebody sent, which is the whole configuration. `name` stands for its file in problems;
/// relative paths count from its folder. `${NAME}` is a problem: nobody is told what this process has there.
Loaded load_text(std::string_view text, std::string name);

/// As `load`, but where `path` is absent and nobody asked for it: the defaults, with data in ./dicom-bridge-data.
Loaded load_or_default(const std::filesystem::path& path, bool explicitly_given);

}  // namespace broker::config
