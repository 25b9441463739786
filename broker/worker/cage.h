/// Cage: what a helper process takes away from itself before it looks at the first byte of an instance.
///
/// Once, while the process has one thread.
#pragma once

#include <cstdint>

namespace broker::worker {

struct CageLimits {
    std::uint64_t memory_bytes = 0;  ///< of address space
    std::uint64_t cpu_seconds = 0;
    bool is_cpu_raised = false;  ///< whoever started it may allow it more, job by job (prlimit)
};

/// On return the process takes no more memory and processor time than that, leaves no core file, writes no file, starts
/// no process, and dies with the thread that started it. False where one of these cannot be had.
bool enter_limits(const CageLimits& limits);

/// The system calls left are those for memory, the open descriptors and the end: no file is opened any more, no socket,
/// no program (PR_SET_NO_NEW_PRIVS and a seccomp filter). What is not left fails with EPERM. False where there is no
/// seccomp.
/// Known limits: on other processors than x86-64 and ARM64, and under a sanitizer, which needs more, there is no
/// filter.
bool close_the_door();

}  // namespace broker::worker
