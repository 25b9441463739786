/// Document: the TOML files of one configuration, parsed, with the environment put in.
///
/// Internal to this folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/reading.h"

namespace broker::config {

inline constexpr std::uint64_t file_bytes_max = 1024 * 1024;
inline constexpr std::size_t files_max = 256;

/// The main file and `conf.d/*.toml` beside it, by name.
std::vector<std::filesystem::path> files_of(Reading& reading, const std::filesystem::path& path);

/// The tables of one file; empty, and a problem, where it cannot be read or is not TOML.
toml::table parse_file(Reading& reading, const std::filesystem::path& path);

/// The same of bytes that somebody sent; `name` stands for the file in problems, and paths count from its folder.
toml::table parse_text(Reading& reading, std::string_view bytes, const std::string& name);

/// Whose environment `${NAME}` may name. What somebody sent must not: the answer would tell what stands there.
enum class Variables { of_this_process, none };

/// Puts the environment's text for each `${NAME}` in all texts below `node`; `$${` stays as `${`. A name that is not
/// set, or may not be used, is a problem.
void substitute_environment(Reading& reading, toml::node& node, Variables variables);

}  // namespace broker::config
