/// Problem: one thing that is wrong with a configuration, with where it stands and what was expected.
#pragma once

#include <string>

namespace broker::config {

struct Problem {
    std::string file;
    unsigned line = 0;  ///< counted from 1; 0: the file as a whole
    std::string key;    ///< `dicom.port`, `destination[pacs-a].host`; empty: the file as a whole
    std::string text;   ///< what, why, and what to do
    bool operator==(const Problem&) const = default;
};

/// `bridge.toml:12: dicom.port: must be …`
std::string print(const Problem& problem);

}  // namespace broker::config
