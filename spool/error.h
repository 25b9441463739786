/// What the spool throws: the environment failed. One class, one code per thing that a caller can do differently.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace spool {

enum class Errc {
    no_space,   ///< disk, quota or inodes are used up: answer "out of resources", try again later
    too_large,  ///< the intake went over the limit given to begin, or over the largest file of this file system
    not_found,  ///< no blob of this digest
    damaged,    ///< the bytes on disk are not those that were linked
    in_use,     ///< another process holds this data folder
    unsuited,   ///< the file system cannot keep the promises (no fsync, no links): refuse to start
    exhausted,  ///< this process or system has no descriptor or memory left: it may pass, the medium is not the cause
    io,         ///< a read, write or sync failed; a failed sync is never tried again (README.md, rule 4)
};

/// The text names the operation, the file's name inside the data folder and the system's reason; never a peer's words.
class Error : public std::runtime_error {
public:
    Error(Errc code, const std::string& text) : std::runtime_error(text), code_(code) {}
    Errc code() const noexcept { return code_; }

private:
    Errc code_;
};

/// What was being done to which file when a system call failed; the first half of an Error's text.
struct Doing {
    std::string_view what;  ///< like "write"
    std::string_view name;  ///< inside the data folder, like "spool/ab/ab12…"
};

/// The Error for a failed system call: README.md, table of system errors. `result` is a Disk's answer, minus errno.
Error failed(const Doing& doing, int result);

/// True for ENOSPC and EDQUOT, given as a Disk answers them.
bool is_no_space(int result);

}  // namespace spool
