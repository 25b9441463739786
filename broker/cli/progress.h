/// Progress: a bar on a terminal for work that takes long; nothing anywhere else.
///
/// One thread at a time; `out` must outlive it. Draws only when the shown percentage moves, so it may be told often.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

namespace broker::cli {

/// How far a piece of work has come, in whatever it counts.
struct Step {
    std::uint64_t done = 0;
    std::uint64_t total = 0;  ///< 0: not known; only the count is shown
};

class Progress {
public:
    Progress(std::ostream& out, bool is_terminal, std::string what);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// Takes the bar off the screen.
    ~Progress();

    void show(Step step);

private:
    std::ostream& out_;
    bool is_terminal_;
    std::string what_;
    std::string drawn_;
};

}  // namespace broker::cli
