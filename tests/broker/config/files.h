/// Files: a temporary folder with the configuration files of one test, and what is wrong with them in one line each.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "broker/config/load.h"
#include "tests/support/temp_folder.h"

namespace broker::config {

class Files {
public:
    /// Writes a file of that name in the folder and answers its path.
    std::filesystem::path write(const std::string& name, const std::string& text) const {
        std::filesystem::path path = folder() / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream{path, std::ios::binary} << text;
        return path;
    }

    /// What `load` makes of this one text.
    Loaded load_text(const std::string& text) const { return load(write("bridge.toml", text)); }

    const std::filesystem::path& folder() const { return folder_.path(); }

private:
    support::TempFolder folder_;
};

/// `12: dicom.port: must be …`, without the file.
inline std::vector<std::string> lines(const std::vector<Problem>& problems) {
    std::vector<std::string> all;
    for (const Problem& problem : problems)
        all.push_back(std::to_string(problem.line) + ": " + problem.key + ": " + problem.text);
    return all;
}

inline std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

}  // namespace broker::config
