/// Samples: instances made by others, which lie beside the project and do not travel with it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace support {

/// Where they are; nothing, and one line that says so, where they are not here. Fails the test where CI=true.
std::optional<std::filesystem::path> samples_folder();

/// The data set's bytes and transfer syntax of a Part 10 file.
struct Sample {
    std::string transfer_syntax_uid, data_set;
};

/// Nothing where its file header doesn't say where it begins.
std::optional<Sample> read_sample(const std::filesystem::path& path);

}  // namespace support
